"""What every verb does that runs a playbook: find the hosts, look at them, run, judge, report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from glance_deploy import access, place, report, runner, secrets, verdict
from glance_deploy.errors import GlanceDeployError
from glance_deploy.options import Options
from glance_deploy.place import Place
from glance_deploy.recorder import Recorder, View
from glance_deploy.result import Result


@dataclasses.dataclass(frozen=True)
class Context:
    """The world around a command."""

    root: Path
    environment: Mapping[str, str]
    view: View
    ask: secrets.Ask | None = None
    ssh_config: Path | None = None


@dataclasses.dataclass(frozen=True)
class _Run:
    """One run under way."""

    options: Options
    context: Context
    recorder: Recorder
    passwords: secrets.Passwords
    where: Place
    log: Path


def run(playbook: str, options: Options, context: Context) -> Result:
    """Run a playbook on the hosts that the options name.

    Raises:
        GlanceDeployError: There is no place to run it; nothing was started.
    """
    recorder = Recorder(context.view)
    passwords = secrets.collect(options, context.environment, context.ask)
    where = place.find(options, context.root, context.environment, recorder)
    where.prepare(context.root)
    with where.state.lock() as lock:
        this = _Run(options, context, recorder, passwords, where, where.state.new_log(datetime.now(UTC)))
        try:
            _look(this)
            _play(this, playbook, lock)
        except GlanceDeployError as error:
            recorder.stop()
            return _reported(this, Result.from_error(options.command, error))
        return _reported(this, Result(options.command))


def _look(this: _Run) -> None:
    """Refuse hosts that we cannot use, before Ansible is started: all of them, with all reasons."""
    given = access.Access(this.passwords.login, this.passwords.become, this.context.ssh_config)
    with this.recorder.stage("Connection") as stage:
        this.recorder.update("login, root, Python")
        if found := access.check(this.where.hosts, given):
            raise verdict.refusal(found)
        stage.note = f"login, root and Python on {this.where.name}"


def _play(this: _Run, playbook: str, lock: int) -> None:
    """Run Ansible; raises what the end means."""
    show = this.context.view.output if this.options.verbosity else _ignore
    with secrets.private_directory(this.where.state.directory) as private:
        code = runner.run_playbook(_job(this, playbook, private, lock), this.recorder.add, show)
    if error := verdict.judge(this.recorder, code, runner.last_error(runner.end_of_log(this.log))):
        raise error


def _ignore(line: str) -> None:
    """Ansible's output is in the log already."""


def _job(this: _Run, playbook: str, private: Path, lock: int) -> runner.Job:
    hidden = {"glance_database_admin_password": this.passwords.database}
    extra = secrets.write_variables(private, this.options.variables, hidden)
    return runner.Job(
        root=this.context.root,
        playbook=playbook,
        inventories=this.where.inventories,
        variables=(*this.options.vars_files, extra),
        log=this.log,
        private=private,
        login_password=secrets.write_password(private, "login", this.passwords.login),
        become_password=secrets.write_password(private, "become", this.passwords.become),
        check=this.options.check,
        verbosity=this.options.verbosity,
        environment=secrets.ansible_environment(this.options, this.passwords, this.context.environment),
        keep_open=(lock,),
    )


def _reported(this: _Run, result: Result) -> Result:
    """Store the report, also of a failed run, and return the result with it."""
    has_log = this.log.stat().st_size > 0
    if not has_log:
        this.log.unlink()
    content = report.build(
        this.recorder,
        command=this.options.command,
        options=this.options.public,
        place=this.where.name,
        state=this.where.state,
        log=this.log if has_log else None,
    )
    content = report.complete(content, result.exit_code, result.error())
    report.write(content, this.where.state)
    return dataclasses.replace(result, report=content)
