"""Under uWSGI: clients that keep their connection see no error, and a stop lets an upload end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.conftest import ROOT

from .conftest import Case, Deployed
from .test_releases import CASES

SCRIPT = (Path(__file__).parent / "keepalive.py").read_text()
RUN = ". /root/admin-openrc && python3 - {}"
LISTED = ". /root/admin-openrc && openstack image list --format value --column Name --column Status"
Get = Callable[[Case], Deployed]
under_uwsgi = pytest.mark.parametrize(
    "case", [case for case in CASES if case.server == "uwsgi"], ids=lambda case: case.name
)


@under_uwsgi
def test_a_hundred_runs_of_a_client_that_keeps_its_connection(deployed: Get, case: Case) -> None:
    one = deployed(case)
    assert one.lab.ssh(one.host, RUN.format(100), stdin=SCRIPT).expect().stdout.startswith("100 runs, 0 errors")


@under_uwsgi
def test_a_stop_lets_an_upload_end(deployed: Get, case: Case) -> None:
    one = deployed(case)
    argv = ["scripts/lab", "ssh", "--name", one.lab.name, one.host, "--", RUN.format("slow")]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, text=True) as upload:
        assert upload.stdin
        upload.stdin.write(SCRIPT)
        upload.stdin.close()
        wait_for(one, "slow saving")
        one.read("systemctl stop glance-api")
        assert upload.wait(120) == 0
    one.read("systemctl start glance-api")
    wait_for(one, "slow active")
    assert "saving" not in one.read(LISTED)


def wait_for(one: Deployed, line: str) -> None:
    """Wait until an image is listed so."""
    until = time.monotonic() + 60
    while line not in one.lab.ssh(one.host, LISTED).stdout:
        assert time.monotonic() < until, f"no image is {line!r}"
        time.sleep(0.5)
