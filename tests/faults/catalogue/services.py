"""What Glance stands on goes down: at the start, in the middle, and coming back; and Glance itself."""

from __future__ import annotations

from ..model import AtTask, Before, Fault, OnHost, Release, Rest, Shell
from .moments import IMAGE, VERIFY

OK_OR_TOLD = frozenset({0, 1, 4})
TOLD = frozenset({1, 3, 4})
WORDS = {
    "mariadb": r"(?i)mariadb|database|mysql|3306",
    "keystone": r"(?i)keystone|identity|5000",
    "memcached": r"(?i)memcached|11211",
}


def _service(unit: str) -> tuple[Fault, ...]:
    words, stop = WORDS[unit], Shell(f"systemctl stop {unit}")
    mask = Shell(f"systemctl mask --now {unit} 2>/dev/null || {{ mv /etc/systemd/system/{unit}.service /root; }}")
    unmask = Shell(f"systemctl unmask {unit}")
    back = (stop, Release(), Rest(8), Shell(f"systemctl start {unit}"))
    names = {"start": f"{unit} is stopped", "broken": f"{unit} is stopped and masked", "back": f"{unit} is off for 8 s"}
    return (
        Fault(f"{unit}-down-at-start", names["start"], "ready", Before(), (stop,)),
        Fault(f"{unit}-masked-at-start", names["broken"], "ready", Before(), (mask,), (unmask,), TOLD, words),
        Fault(f"{unit}-down-in-middle", names["start"], "ready", IMAGE, (stop,), (), OK_OR_TOLD, words),
        Fault(f"{unit}-masked-in-middle", names["broken"], "ready", IMAGE, (mask,), (unmask,), OK_OR_TOLD, words),
        Fault(f"{unit}-down-at-verify", names["start"], "ready", VERIFY, (stop,), (), OK_OR_TOLD, words),
        Fault(f"{unit}-comes-back", names["back"], "ready", IMAGE, back, (), OK_OR_TOLD, words),
    )


KILL_API = Shell("kill -9 $(pgrep -f /usr/bin/glance-api) 2>/dev/null || true")
MASK_API = Shell("kill -9 $(pgrep -f /usr/bin/glance-api); systemctl mask --runtime --now glance-api")
API = r"(?i)glance-api|image service|9292"
UPLOADING = OnHost('[ -n "$(ls -A /var/lib/glance/images 2>/dev/null)" ]')

FAULTS = (
    *_service("mariadb"),
    *_service("keystone"),
    *_service("memcached"),
    Fault("api-killed-at-verify", "kill -9 to glance-api", "ready", VERIFY, (KILL_API,), (), OK_OR_TOLD, API),
    Fault("api-killed-in-upload", "kill -9 to glance-api", "ready", UPLOADING, (KILL_API,), (), OK_OR_TOLD, API),
    Fault("api-dead-before", "kill -9 to glance-api, and again", "deployed", Before(), (KILL_API, KILL_API)),
    Fault(
        "api-stopped-before",
        "glance-api is stopped and disabled",
        "deployed",
        Before(),
        (Shell("systemctl disable --now glance-api"),),
    ),
    Fault(
        "api-masked-at-verify",
        "glance-api is killed and masked",
        "ready",
        VERIFY,
        (MASK_API,),
        (Shell("systemctl unmask --runtime glance-api"),),
        TOLD,
        API,
    ),
    Fault(
        "port-taken-before",
        "another program listens on 9292",
        "ready",
        Before(),
        (Shell("systemd-run --quiet --unit squatter python3 -m http.server 9292; sleep 1"),),
        (Shell("systemctl stop squatter"),),
        frozenset({3}),
        "9292.*squatter|squatter.*9292",
    ),
    Fault(
        "port-taken-in-middle",
        "another program takes 9292 after it was found free",
        "ready",
        IMAGE,
        (Shell("systemd-run --quiet --unit squatter python3 -m http.server 9292; sleep 1"),),
        (Shell("systemctl stop squatter"),),
        TOLD,
        r"(?i)9292|address already in use",
    ),
    Fault(
        "restart-in-verify",
        "somebody restarts glance-api while it is proved",
        "deployed",
        AtTask(r"^(Verify|Look) \|"),
        (Shell("systemctl restart --no-block glance-api"),),
        (),
        OK_OR_TOLD,
        API,
    ),
)
