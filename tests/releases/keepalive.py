"""A client that keeps its connection: create, upload by length or in chunks, read, list and delete, over and over.

Runs on a host, with the environment of admin-openrc: `python3 - RUNS` for whole rounds, `python3 - slow` for one upload
of 50 MB at 8 MB a second, whose image is named slow and stays.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

MEGABYTE = 1 << 20
CONTENT = os.urandom(5 * MEGABYTE)


def login(session: requests.Session) -> str:
    """Get a token, and return the address of the image service."""
    env = os.environ
    user = {"name": env["OS_USERNAME"], "domain": {"name": "Default"}, "password": env["OS_PASSWORD"]}
    scope = {"project": {"name": env["OS_PROJECT_NAME"], "domain": {"name": "Default"}}}
    body: Any = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    answer = session.post(env["OS_AUTH_URL"].rstrip("/") + "/auth/tokens", json=body, timeout=60)
    answer.raise_for_status()
    session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
    (image,) = [service for service in answer.json()["token"]["catalog"] if service["type"] == "image"]
    base: str = next(point["url"] for point in image["endpoints"] if point["interface"] == "public")
    return f"{base}/v2/images"


def checked(answer: requests.Response, status: int) -> requests.Response:
    """Return an answer of the expected status."""
    if answer.status_code != status:
        raise RuntimeError(f"{answer.request.method} {answer.status_code}: {answer.text[:200]}")
    return answer


def create(session: requests.Session, url: str, name: str) -> str:
    """Return the address of a new image."""
    kind = {"name": name, "disk_format": "raw", "container_format": "bare"}
    return f"{url}/{checked(session.post(url, json=kind, timeout=60), 201).json()['id']}"


def round_trip(session: requests.Session, url: str, *, in_chunks: bool) -> None:
    """Send an image up, get it back, and remove it."""
    image = create(session, url, "keepalive")
    body = iter([CONTENT[: 3 * MEGABYTE], CONTENT[3 * MEGABYTE :]]) if in_chunks else CONTENT
    kind = {"Content-Type": "application/octet-stream"}
    checked(session.put(image + "/file", data=body, headers=kind, timeout=120), 204)
    if checked(session.get(image, timeout=60), 200).json()["status"] != "active":
        raise RuntimeError("not active")
    back = checked(session.get(image + "/file", timeout=120), 200).content
    if hashlib.sha512(back).digest() != hashlib.sha512(CONTENT).digest():
        raise RuntimeError("other bytes")
    checked(session.get(url, timeout=60), 200)
    checked(session.delete(image, timeout=60), 204)


def slowly() -> Iterator[bytes]:
    """Yield 50 MB at 8 MB a second."""
    for _ in range(50):
        time.sleep(1 / 8)
        yield CONTENT[:MEGABYTE]


def main() -> None:
    """Run what the argument says, and print what went wrong."""
    session = requests.Session()
    url = login(session)
    if sys.argv[1] == "slow":
        kind = {"Content-Type": "application/octet-stream"}
        checked(session.put(create(session, url, "slow") + "/file", data=slowly(), headers=kind, timeout=120), 204)
        return
    errors = []
    for turn in range(int(sys.argv[1])):
        try:
            round_trip(session, url, in_chunks=bool(turn % 2))
        except (requests.RequestException, RuntimeError) as error:
            errors.append(f"{turn}: {error}")
    print(f"{sys.argv[1]} runs, {len(errors)} errors")
    print("\n".join(errors))


main()
