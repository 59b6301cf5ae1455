"""What systemd takes from the API, and that all its work still gets done: on the host of test_controller."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.module_utils._qcow2 import VIRTUAL_SIZE, builtin_image

from .conftest import ANSIBLE, ROOT, Controller, Outcome, execute

DROP_IN = "/etc/systemd/system/glance-api.service.d/glance-deploy.conf"
# As root in the API's mount namespace, so that mounts alone decide.
READ_ONLY = ("/usr", "/etc", "/etc/glance", "/var/lib", "/srv", "/boot")
WRITABLE = ("/var/lib/glance", "/var/log/glance", "/var/cache/glance", "/run/glance", "/run/lock/glance", "/tmp")
# Stores under places that the unit does not see otherwise, and qemu-img at work on each import.
MOVED = {
    "glance_image_directory": "/home/images store",
    "glance_staging_directory": "/srv/staging",
    "glance_config_overrides": {
        "image_import_opts": {"image_import_plugins": "[image_conversion]"},
        "image_conversion": {"output_format": "raw"},
    },
}
# Stage, import, wait, read back, delete, with the SDK that every release has; prints what became of it.
IMPORT = """
import json, sys, time, openstack
api = openstack.connect(cloud="default").image
disk = sys.stdin.buffer.read()
image = api.post("/images", json={"name": "probe", "disk_format": "qcow2", "container_format": "bare"}).json()["id"]
where = f"/images/{image}"
api.put(f"{where}/stage", data=disk, headers={"Content-Type": "application/octet-stream"}).raise_for_status()
api.post(f"{where}/import", json={"method": {"name": "glance-direct"}}).raise_for_status()
for _ in range(240):
    found = api.get(where).json()
    if found["status"] == "active" or found.get("os_glance_failed_import"):
        break
    time.sleep(0.25)
back = api.get(f"{where}/file").content
print(json.dumps({"id": image, "status": found["status"], "format": found["disk_format"], "bytes": len(back)}))
"""
# Tries, under the very settings of a drop-in, to become root the way a cinder store does.
AS_ROOT = "sudo -n glance-rootwrap /etc/glance/rootwrap.conf chown glance /var/lib/glance"


@pytest.fixture(scope="module")
def moved(controller: Controller, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    controller.first.expect()
    variables = tmp_path_factory.mktemp("moved") / "moved.yml"
    variables.write_text(yaml.safe_dump(MOVED))
    return controller.deploy("--vars-file", str(variables))


@pytest.fixture
def main_pid(controller: Controller) -> str:
    controller.first.expect()
    return controller.read("systemctl show --value --property MainPID glance-api")


def drop_in(folder: Path, *, needs_root: bool) -> list[str]:
    """Render the drop-in and return the settings of the service in it."""
    text = ROOT / "roles" / "glance" / "vars" / "main" / "hardening.yml"
    variables = {
        "__glance_unit": "glance-api",
        "__glance_package_manager": "apt",
        "__glance_data_directories": [],
        "__glance_needs_root": needs_root,
    }
    arguments = json.dumps({"content": "{{ __glance_hardening }}", "dest": str(folder / "drop-in")})
    ansible = (ANSIBLE.with_name("ansible"), "localhost", "--connection", "local", "--module-name", "copy")
    execute(*ansible, "--args", arguments, "--extra-vars", f"@{text}", "--extra-vars", json.dumps(variables)).expect()
    lines = (folder / "drop-in").read_text().partition("[Service]")[2].splitlines()
    return [line for line in lines if re.match(r"\w+=", line)]


def run_with(controller: Controller, settings: list[str], command: str) -> Outcome:
    """Run a command on the host as the API's user under these settings."""
    words = " ".join(f"--property '{line}'" for line in ["User=glance", "Group=glance", *settings])
    return controller.ssh(f"systemd-run --quiet --wait --pipe {words} {command}")


def test_exposure_is_low(controller: Controller) -> None:
    """9.2 without the drop-in."""
    controller.first.expect()
    verdict = controller.read("systemd-analyze security --no-pager glance-api | tail -1")
    (figure,) = re.findall(r": ([\d.]+) ", verdict)
    assert float(figure) < 2.0, verdict


def test_every_process_is_without_privileges(controller: Controller, main_pid: str) -> None:
    pids = controller.read(f"pgrep --parent {main_pid}").split()
    assert len(pids) == 2
    for pid in (main_pid, *pids):
        status = dict(line.split(":\t", 1) for line in controller.read(f"cat /proc/{pid}/status").splitlines())
        assert (status["NoNewPrivs"], status["Seccomp"], int(status["CapBnd"], 16)) == ("1", "2", 0)


def test_writes_its_own_directories_and_no_others(controller: Controller, main_pid: str) -> None:
    touch = "for place in {}; do touch $place/probe 2>/dev/null && rm $place/probe && echo $place; done; true"
    inside = f"nsenter --target {main_pid} --mount sh -c '{touch.format(' '.join(READ_ONLY + WRITABLE))}'"
    assert controller.read(inside).splitlines() == list(WRITABLE)
    assert controller.read(f"nsenter --target {main_pid} --mount find /home /root /tmp -mindepth 1") == ""


@pytest.mark.variables("glance_image_directory", "glance_staging_directory", "glance_config_overrides")
def test_imports_and_converts_with_stores_elsewhere(controller: Controller, moved: Outcome) -> None:
    (verification,) = moved.expect().report["verification"].values()
    assert verification["roundtrip"]["identical"]
    controller.ssh("cat > /root/import.py", stdin=IMPORT).expect()
    controller.ssh("base64 -d > /root/probe.qcow2", stdin=base64.b64encode(builtin_image()).decode()).expect()
    found = json.loads(controller.read("python3 /root/import.py < /root/probe.qcow2"))
    assert (found["status"], found["format"], found["bytes"]) == ("active", "raw", VIRTUAL_SIZE)
    assert controller.read(f"stat --format %s '/home/images store/{found['id']}'") == str(VIRTUAL_SIZE)
    assert controller.read("find /srv/staging -type f") == ""


def test_a_cinder_store_may_become_root_and_no_other_may(controller: Controller, tmp_path: Path) -> None:
    controller.first.expect()
    refused = run_with(controller, drop_in(tmp_path, needs_root=False), AS_ROOT)
    assert "no new privileges" in refused.stderr
    run_with(controller, drop_in(tmp_path, needs_root=True), AS_ROOT).expect()
