"""Configuration that somebody edited, damaged or made unwritable, or that is wrong itself; and a wrong clock."""

from __future__ import annotations

from ..model import Before, Fault, Immutable, Shell

CONF = "/etc/glance/glance-api.conf"
DRIFT = f"sed -i '/^flavor/d' {CONF}"
TOLD = frozenset({1, 3})
# Python on the host sees the clock an hour off; containers share the real one with the machine.
CLOCK = """
for file in /etc/python3*/sitecustomize.py; do
    cp "$file" /root/
    printf 'import time\\n_real = time.time\\ntime.time = lambda: _real() + (%s)\\n' '{offset}' >> "$file"
done"""
CLOCK_BACK = Shell('for file in /etc/python3*/sitecustomize.py; do cp /root/sitecustomize.py "$file"; done')
UNBINDABLE = ("--set", "glance_config_overrides={{DEFAULT: {{bind_host: 203.0.113.9}}}}")
UNREADABLE = ("--set", "glance_config_overrides={{DEFAULT: {{workers: many}}}}")


def _mended(name: str, what: str, script: str) -> Fault:
    return Fault(f"config-{name}", what, "deployed", Before(), (Shell(script),))


def _clock(name: str, offset: int) -> Fault:
    make = Shell(CLOCK.format(offset=offset))
    what = f"the host's clock is an hour {name}, as its Python sees it"
    return Fault(f"clock-{name}", what, "ready", Before(), (make,), (CLOCK_BACK,), frozenset({3}), r"clock")


FAULTS = (
    _mended(
        "edited", "glance-api.conf is edited by hand", f"{DRIFT}; printf '\\n[DEFAULT]\\ndebug = true\\n' >> {CONF}"
    ),
    _mended("garbage", "glance-api.conf is overwritten with random bytes", f"head -c 4000 /dev/urandom > {CONF}"),
    _mended("emptied", "glance-api.conf is emptied", f": > {CONF}"),
    _mended("deleted", "glance-api.conf is deleted", f"rm {CONF}"),
    _mended("foreign-owner", "glance-api.conf is readable for everybody", f"chmod 0666 {CONF}; chown nobody: {CONF}"),
    Fault(
        "config-paste-lost",
        "glance-api-paste.ini, which is the package's, is gone, and the service restarted",
        "deployed",
        Before(),
        (Shell("rm /etc/glance/glance-api-paste.ini; systemctl restart glance-api || true"),),
    ),
    Fault(
        "config-paste-emptied",
        "glance-api-paste.ini is empty, as a power cut leaves what was just written, and the service restarted",
        "deployed",
        Before(),
        (Shell(": > /etc/glance/glance-api-paste.ini; systemctl restart glance-api || true"),),
    ),
    Fault(
        "config-immutable",
        "glance-api.conf has to change and is immutable (chattr +i)",
        "deployed",
        Before(),
        (Shell(DRIFT), Immutable(CONF)),
        (Immutable(CONF, on=False),),
        TOLD,
        r"chattr|immutable",
    ),
    Fault(
        "config-mounted",
        "glance-api.conf has to change and is a read-only mount",
        "deployed",
        Before(),
        (Shell(f"{DRIFT}; mount --bind {CONF} {CONF}; mount -o remount,bind,ro {CONF}"),),
        (Shell(f"umount {CONF}"),),
        TOLD,
        r"glance-api\.conf",
    ),
    Fault(
        "config-directory",
        "a directory lies where glance-api.conf was",
        "deployed",
        Before(),
        (Shell(f"mv {CONF} {CONF}.mine; mkdir {CONF}"),),
        (Shell(f"rmdir {CONF}; mv {CONF}.mine {CONF}"),),
        TOLD,
        r"(?i)not a plain file|directory",
    ),
    Fault(
        "config-link",
        "a link lies where glance-api.conf was",
        "deployed",
        Before(),
        (Shell(f"mv {CONF} {CONF}.mine; ln -s glance-api.conf.mine {CONF}"),),
        (Shell(f"rm {CONF}; mv {CONF}.mine {CONF}"),),
        TOLD,
        r"(?i)link",
    ),
    _clock("fast", 3600),
    _clock("slow", -3600),
    Fault(
        "new-config-cannot-run",
        "a new configuration lets glance-api bind to an address that is not here",
        "deployed",
        Before(),
        (),
        (),
        frozenset({1, 4}),
        r"(?i)put back|roll",
        UNBINDABLE,
        serves=True,
    ),
    Fault(
        "new-config-is-nonsense",
        "a new configuration holds a word where a number belongs",
        "deployed",
        Before(),
        (),
        (),
        frozenset({1, 2, 3, 4}),
        r"(?i)workers",
        UNREADABLE,
        serves=True,
    ),
)
