"""What every verb does that runs a playbook: find the hosts, run, judge, report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from glance_deploy import history, journal, place, report, runner, secrets, verdict
from glance_deploy.errors import GlanceDeployError
from glance_deploy.journal import Journal, Past
from glance_deploy.options import Options
from glance_deploy.place import Place
from glance_deploy.recorder import Recorder
from glance_deploy.result import Result
from glance_deploy.stages import View


@dataclasses.dataclass(frozen=True)
class Context:
    """The world around a command.

    Attributes:
        argv: What was typed behind deploy.py, to be typed again.
        has_told: Whether the user has been told of the last run already.
    """

    root: Path
    environment: Mapping[str, str]
    view: View
    argv: Sequence[str] = ()
    has_told: bool = False
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
    previous: Past | None
    log: Path
    journal: Journal


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
        place.remember(where.state, context.root)
        previous = _previous(options, context, where)
        now = datetime.now(UTC)
        written = Journal(where.state.new_journal(now))
        written.begin(command=options.command, argv=context.argv, place=where.name, options=options.public)
        this = _Run(options, context, recorder, passwords, where, previous, where.state.new_log(now), written)
        try:
            _play(this, playbook, lock)
        except GlanceDeployError as error:
            recorder.stop()
            return _reported(this, Result.from_error(options.command, error))
        return _reported(this, Result(options.command))


def _previous(options: Options, context: Context, where: Place) -> Past | None:
    """Return the deployment before this one if it was stopped, and say how far it came."""
    if options.command != "deploy" or options.check:
        return None
    past = journal.last_deployment(where.state)
    if past is None or not past.was_stopped:
        return None
    if not context.has_told:
        context.view.say(history.sentence(past))
    return past


def _play(this: _Run, playbook: str, lock: int) -> None:
    """Run Ansible; raises what the end means."""
    show = this.context.view.output if this.options.verbosity else _ignore
    with secrets.private_directory(this.where.state.directory) as private:
        code = runner.run_playbook(_job(this, playbook, private, lock), this.recorder.add, show)
    if verdict.silent(this.recorder) & {host.name for host in this.where.hosts}:
        _look(this)
    if error := verdict.judge(this.recorder, code, runner.last_error(runner.end_of_log(this.log))):
        raise error


def _look(this: _Run) -> None:
    """Refuse hosts that we cannot use: all of them, with all reasons, in better words than Ansible's.

    Before it fails nothing needs this: the first play of every playbook only reads, and a login takes its time.
    """
    from glance_deploy import access  # noqa: PLC0415  # what logs in takes as long to import as a login takes

    given = access.Access(this.passwords.login, this.passwords.become, this.context.ssh_config)
    with this.recorder.stage("Connection") as stage:
        this.recorder.update("login, root, Python")
        if found := access.check(this.where.hosts, given):
            named = {problem.where for problem in found}
            others = [failure for failure in this.recorder.failures if failure.host not in named]
            raise verdict.refusal([*found, *verdict.problems(others)])
        stage.note = f"login, root and Python on {this.where.name}"


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
        journal=this.journal.path,
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
    state = this.where.state
    content = report.build(
        this.recorder,
        command=this.options.command,
        options=this.options.public,
        place=this.where.name,
        previous=history.as_data(this.previous) if this.previous else None,
        files={"report": state.report, "log": this.log if has_log else None, "journal": this.journal.path},
    )
    content = report.complete(content, result.exit_code, result.error())
    try:
        report.write(content, state)
        this.journal.end(result.exit_code, result.message)
    except OSError as error:
        # A full disk here does not make worse what was done there.
        content["warnings"].append(f"cannot write {error.filename or state.directory}: {error.strerror}")
    return dataclasses.replace(result, report=content)
