"""apt and dpkg: locked, without a mirror, half downloaded, interrupted."""

from __future__ import annotations

from ..model import Before, Fault, OnHost, Shell
from .moments import IMAGE

TOLD = frozenset({1, 3})
MAYBE = frozenset({0, 1})
LOCK = """systemd-run --quiet --unit fault-lock python3 -c "
import fcntl, time
files = [open(path, 'a') for path in ('/var/lib/dpkg/lock-frontend', '/var/lib/dpkg/lock', '/var/lib/apt/lists/lock')]
[fcntl.lockf(each, fcntl.LOCK_EX) for each in files]
time.sleep(20)
"; sleep 0.5"""
ARCHIVES = "/var/cache/apt/archives"
SOURCES = "$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f 2>/dev/null)"
KEEP = "mkdir -p /root/sources; cp --parents -a /etc/apt/sources.list* /root/sources; "
RESTORE = Shell("cp -a /root/sources/etc/apt/. /etc/apt/")
EMPTY = f"rm -f {ARCHIVES}/*.deb; "
CLOSED = f"{KEEP}sed -i 's,http://[^/ ]*,http://127.0.0.1:9,' {SOURCES}"
NAMELESS = f"{KEEP}sed -i 's,http://[^/ ]*,http://mirror.invalid,' {SOURCES}"
MIRROR = r"(?i)mirror|apt|package"
HALF = f"""
for file in {ARCHIVES}/*glance*.deb; do
    cp "$file" {ARCHIVES}/partial/; truncate -s 3000 "{ARCHIVES}/partial/$(basename "$file")"; truncate -s 5000 "$file"
done"""
GARBAGE = (
    f'for file in {ARCHIVES}/*glance*.deb; do size=$(stat -c %s "$file"); head -c "$size" /dev/urandom > "$file"; done'
)
KILL_DPKG = Shell("kill -9 $(pgrep -x dpkg) 2>/dev/null || true")
KILL_ALL = Shell("kill -9 $(pgrep -x dpkg) $(pgrep -x apt-get) 2>/dev/null || true")


def _dpkg(state: str) -> OnHost:
    return OnHost(f"pgrep -x dpkg >/dev/null && tail -n 1 /var/log/dpkg.log | grep -q '{state}'")


FAULTS = (
    Fault("apt-locked-before", "another program holds apt's locks for 20 s", "ready", Before(), (Shell(LOCK),)),
    Fault("apt-locked-in-middle", "another program holds apt's locks for 20 s", "ready", IMAGE, (Shell(LOCK),)),
    Fault(
        "mirror-closed",
        "nobody listens at the mirror",
        "ready",
        Before(),
        (Shell(EMPTY + CLOSED),),
        (RESTORE,),
        TOLD,
        MIRROR,
    ),
    Fault(
        "mirror-unresolvable",
        "the mirror's name does not resolve",
        "ready",
        Before(),
        (Shell(EMPTY + NAMELESS),),
        (RESTORE,),
        TOLD,
        MIRROR,
        ci=True,
    ),
    Fault(
        "mirror-lost-in-middle",
        "the mirror goes away as the packages begin",
        "ready",
        IMAGE,
        (Shell(EMPTY + CLOSED),),
        (RESTORE,),
        MAYBE,
        MIRROR,
    ),
    Fault("half-downloaded", "Glance's archives are cut short", "ready", Before(), (Shell(HALF),)),
    Fault(
        "garbage-downloaded", "Glance's archives have their size, but other bytes", "ready", Before(), (Shell(GARBAGE),)
    ),
    Fault(
        "lists-gone",
        "the package lists are removed",
        "ready",
        Before(),
        (Shell("rm -rf /var/lib/apt/lists/*"),),
    ),
    Fault(
        "left-unpacked",
        "packages are unpacked, not configured",
        "ready",
        Before(),
        (
            Shell(
                f"dpkg --unpack {ARCHIVES}/glance-common_*.deb {ARCHIVES}/python3-glance_*.deb >/dev/null 2>&1 || true"
            ),
        ),
    ),
    *(
        Fault(
            f"{who}-killed-in-{name}",
            f"kill -9 to {who} as it {name}s packages",
            "ready",
            _dpkg(state),
            (act,),
            (),
            MAYBE,
            MIRROR,
        )
        for name, state in (("unpack", "status half-installed"), ("configure", "status half-configured"))
        for who, act in (("dpkg", KILL_DPKG), ("dpkg-and-apt", KILL_ALL))
    ),
)
