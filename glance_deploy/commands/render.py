"""Write down what a deployment would do on a host of some system, without a host: files, units and commands."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from glance_deploy import runner, verdict
from glance_deploy.errors import GlanceDeployError, UsageError
from glance_deploy.recorder import Recorder
from glance_deploy.result import Result
from glance_deploy.state import write_private
from glance_deploy.variables import check_file, known_names, parse_assignment

PLAYBOOK = "playbooks/render.yml"
SYSTEMS = "playbooks/vars/systems.yml"
HOST = "controller"
# What stands for a secret, so that the result can be shown to anybody. A file of variables may hold the real ones.
SECRETS = ("glance_database_password", "glance_service_password", "glance_memcached_secret")
IDENTITY = {
    "auth_url": f"http://{HOST}:5000/v3",
    "username": "admin",
    "password": "ADMIN_PASSWORD",
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}


def execute(given: argparse.Namespace, root: Path, environment: Mapping[str, str]) -> Result:
    """Render into a directory, or into the result.

    Raises:
        GlanceDeployError: Nobody can have that release on that system, or the directory cannot be used.
    """
    system = find_system(given.os, systems(root))
    out = _free(given.out)
    names = known_names(root)
    for path in given.vars_file:
        check_file(path, names, environment)
    wanted = {
        **{name: name.upper() for name in SECRETS},
        "openstack_identity_auth": IDENTITY,
        # One host, called as the guides call it.
        "openstack_host_address": HOST,
        "glance_database_admin_host": HOST,
        "glance_database_host": HOST,
        "openstack_release": given.release or "",
        **dict(parse_assignment(text, names) for text in given.set),
    }
    with tempfile.TemporaryDirectory(prefix="glance-deploy-") as work:
        rendered = Path(work, "rendered")
        rendered.mkdir()
        variables = {**wanted, "render_system": system, "render_directory": str(rendered)}
        _run(Path(work), variables, given, root, environment)
        files = {
            str(path.relative_to(rendered)): path.read_text() for path in sorted(rendered.rglob("*")) if path.is_file()
        }
        if out:
            _write(files, out)
    report = {
        "system": given.os,
        "release": given.release or "",
        "directory": str(out) if out else "",
        "rendered": files,
    }
    return Result("render", report=report)


def systems(root: Path) -> dict[str, dict[str, str]]:
    """Return the known systems by name."""
    content: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((root / SYSTEMS).read_text(encoding="utf-8"))
    return content["render_systems"]


def find_system(name: str, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    """Return what Ansible would tell of a host of that system.

    Raises:
        UsageError: There is no such system.
    """
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    raise UsageError(
        f"--os {name}: no such system", f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    )


def _free(directory: Path | None) -> Path | None:
    """Return the directory to write to, absolute.

    Raises:
        UsageError: There is something in it already, which is left alone.
    """
    if directory is None:
        return None
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise UsageError(f"--out {directory}: there is something already", "name a directory that is new, or empty")
    except OSError as error:
        raise UsageError(f"--out {directory}: {error.strerror}", f"ls -ld {directory}") from None
    return directory.absolute()


def _run(
    work: Path, variables: Mapping[str, Any], given: argparse.Namespace, root: Path, environment: Mapping[str, str]
) -> None:
    inventory, first, log = work / "inventory.yml", work / "variables.json", work / "log"
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    content = {
        "all": {"vars": {**local, "glance_deploy_state_dir": str(work)}, "children": {"glance": {"hosts": {HOST: {}}}}}
    }
    write_private(inventory, json.dumps(content))
    write_private(first, json.dumps(dict(variables)))
    (work / "group_vars").symlink_to(root / "group_vars")
    journal = work / "runs" / "render.jsonl"
    journal.parent.mkdir()
    for path in (journal, log):
        path.touch(mode=0o600)
    recorder = Recorder()
    files = (first, *(path.absolute() for path in given.vars_file))
    job = runner.Job(root, PLAYBOOK, (inventory,), log, journal, files, environment=environment)
    code = runner.run_playbook(job, recorder.add, lambda _line: None)
    if not code:
        return
    said = [failure.message for failure in recorder.failures] or [runner.last_error(runner.end_of_log(log))]
    wrong = next(iter(verdict.problems(recorder.failures)), None)
    raise UsageError(f"--os {given.os}: {said[0]}", wrong.mend if wrong else "")


def _write(files: Mapping[str, str], out: Path) -> None:
    try:
        for name, text in files.items():
            path = out / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, text)
        (out / "commands.sh").chmod(0o700)
    except OSError as error:
        raise GlanceDeployError(f"cannot write {error.filename or out}: {error.strerror}", f"ls -ld {out}") from None


def show(result: Result) -> None:
    """Print what was rendered, or where it lies."""
    report = result.report
    if report["directory"]:
        count = len(report["rendered"])
        print(f"{count} files for {report['system']} are in {report['directory']}: begin with commands.sh")
        return
    for name, text in report["rendered"].items():
        print(f"==> {name} <==\n{text}")
