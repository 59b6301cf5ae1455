"""Looks at a host from the host itself, with nothing but Python: is the image service well, and what does it hold.

Runs there as `python3 -`, as root; prints one JSON document.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

OPENRC = Path("/root/admin-openrc")
STORE = Path("/var/lib/glance/images")
PATIENCE = 90
LEFT_BEHIND = ("*/.*.new", "*/.ansible*")


def credentials() -> dict[str, str]:
    """Return what admin-openrc exports."""
    pairs = re.findall(r"^export (\w+)=(.*)$", OPENRC.read_text(), re.MULTILINE)
    return {name: value.strip("\"'") for name, value in pairs}


def ask(url: str, token: str = "", body: Any = None) -> tuple[Any, Any]:
    """Return the headers and the open answer of a request."""
    data = None if body is None else json.dumps(body).encode()
    words = {"Content-Type": "application/json", "X-Auth-Token": token}
    request = urllib.request.Request(url, data, words)  # noqa: S310  # addresses of the host itself
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)
    return answer.headers, answer


def log_in() -> tuple[str, str]:
    """Return a token of the administrator and the address of the image service in the catalogue."""
    given = credentials()
    user = {"name": given["OS_USERNAME"], "password": given["OS_PASSWORD"], "domain": {"name": "Default"}}
    scope = {"project": {"name": given["OS_PROJECT_NAME"], "domain": {"name": "Default"}}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    headers, answer = ask(given["OS_AUTH_URL"].rstrip("/").removesuffix("/v3") + "/v3/auth/tokens", body=body)
    catalogue = json.load(answer)["token"]["catalog"]
    (image,) = [entry for entry in catalogue if entry["type"] == "image"]
    (url,) = {entry["url"] for entry in image["endpoints"]}
    return headers["X-Subject-Token"], url


def images() -> dict[str, dict[str, Any]]:
    """Return every image, its bytes read back and hashed."""
    token, url = log_in()
    listed = json.load(ask(f"{url}/v2/images?limit=1000", token)[1])["images"]
    return {image["id"]: described(image, url, token) for image in listed}


def described(image: dict[str, Any], url: str, token: str) -> dict[str, Any]:
    """Return what counts of one image."""
    found = {"name": image["name"], "status": image["status"], "size": image["size"], "sha512": ""}
    if image["status"] == "active":
        digest = hashlib.sha512()
        answer = ask(f"{url}/v2/images/{image['id']}/file", token)[1]
        while chunk := answer.read(1 << 20):
            digest.update(chunk)
        found["sha512"] = digest.hexdigest()
    found["is_whole"] = found["sha512"] == image.get("os_hash_value")
    return found


def patiently(question: Any) -> Any:
    """Return the answer to a question, asked again while services still start."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return question()
        except (OSError, ValueError, KeyError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def state(*words: str) -> str:
    """Return the one word with which systemctl answers."""
    return subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False).stdout.strip()


def ailments(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return what is wrong on the host."""
    wrong = [f"{unit} is {state('is-active', unit)}" for unit in ("mariadb", "memcached", "keystone", "glance-api")]
    wrong = [line for line in wrong if not line.endswith(" is active")]
    wrong += [] if state("is-enabled", "glance-api") == "enabled" else ["glance-api does not start at boot"]
    wrong += [f"image {image['name']} is {image['status']}" for image in found.values() if image["status"] != "active"]
    wrong += [f"image {image['name']} is not what went up" for image in found.values() if not image["is_whole"]]
    names = [image["name"] for image in found.values()]
    wrong += [f"{names.count(name)} images are called {name}" for name in sorted(set(names)) if names.count(name) > 1]
    audit = subprocess.run(["dpkg", "--audit"], capture_output=True, text=True, check=False).stdout
    wrong += [f"dpkg: {audit.splitlines()[0]}"] if audit else []
    wrong += definitions()
    wrong += [f"left behind: {path}" for pattern in LEFT_BEHIND for path in Path("/etc").glob(pattern)]
    return wrong


def definitions() -> list[str]:
    """Return what is wrong with the metadata definitions: the database has every property that ships with Glance."""
    shipped = [json.loads(path.read_text()) for path in Path("/etc/glance/metadefs").glob("*.json")]
    wanted = sum(len(namespace.get("properties", {})) for namespace in shipped)
    query = ["mariadb", "--batch", "--skip-column-names", "--execute", "SELECT COUNT(*) FROM glance.metadef_properties"]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()
    return [] if found == str(wanted) else [f"{found} of {wanted} metadata properties are in the database"]


def strays(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return the files in the store that belong to no image."""
    return sorted(path.name for path in STORE.glob("*") if path.name not in found)


def main() -> None:
    """Print what is found."""
    try:
        patiently(lambda: ask("http://127.0.0.1:9292/healthcheck"))
        found = patiently(images)
        report = {"answers": True, "images": found, "wrong": ailments(found), "strays": strays(found)}
    except (OSError, ValueError, KeyError) as error:
        wrong = [f"the image service does not answer: {error}"]
        report = {"answers": False, "images": {}, "wrong": wrong, "strays": []}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
