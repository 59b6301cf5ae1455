"""A schema and the data that ship with it, as resources: the service's programs and its database, also after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_gateway import (
    Login,
    MariaDB,
    UnreachableError,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context, Outcome
from ansible_collections.glance_deploy.openstack.plugins.module_utils._schema import FILLED, first_mark
from ansible_collections.glance_deploy.openstack.plugins.module_utils._schema_run import SchemaKeeper
from ansible_collections.glance_deploy.openstack.plugins.module_utils._shipped_data import bring as bring_data

from tests.unit.plugins.fake_mariadb import Server
from tests.unit.plugins.fake_run import Answer, FakeRun

PASSWORD = "top$secret"
DATA, VERSIONS = "metadef_namespaces", "alembic_version"
TABLES = [VERSIONS, DATA, "images"]
SYNC, LOAD, CHECK = "glance-manage db sync", "glance-manage db load_metadefs", "glance-manage db check"
KILLED: Answer = (1, "", "ERROR (1050, \"Table 'images' already exists\") top$secret mysql://glance:top%24secret@db\n")


class Site:
    """A host with the service's programs, and a server with its database."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.release("b2")
        self.mark = directory / "state" / "in-progress"
        self.server = Server()
        self.server.logins["glance", PASSWORD.encode()] = "glance@%"
        self.server.tables["glance"] = []
        self.run = FakeRun({f"runuser -u glance -- {SYNC}": self.sync, f"runuser -u glance -- {LOAD}": self.load})
        self.failures: list[Answer] = []
        self.load_answer: Answer = (0, "", "")
        self.kill_load = False
        self.marks: list[bytes] = []

    def release(self, revision: str) -> None:
        """Install the code of a release."""
        path = self.directory / "versions"
        path.mkdir(exist_ok=True)
        (path / "code.py").write_text(f"revision = {revision!r}\n")
        self.revision = revision

    def sync(self) -> Answer:
        self.marks.append(self.mark.read_bytes())
        if self.failures:
            return self.failures.pop(0)
        self.server.tables["glance"] = list(TABLES)
        self.server.filled.add(VERSIONS)
        self.server.versions = {self.revision}
        return 0, "", ""

    def load(self) -> Answer:
        if not self.load_answer[0]:
            self.server.filled.add(DATA)
        if self.kill_load:
            raise KeyboardInterrupt
        return self.load_answer

    def bring(
        self, *, context: dict[str, Any] | None = None, data_follow: bool = True, given: bool = False, **changes: Any
    ) -> Outcome:
        """Bring schema and data about as the role states them."""
        self.run.commands.clear()
        account = {
            "user": "glance",
            "host": "db",
            "port": 3306,
            "login": "glance",
            "password": PASSWORD,
            "given": given,
        }
        both = {**account, "database": "glance", "mark": str(self.mark)}
        schema = {
            **both,
            "migrations": str(self.directory / "versions"),
            "sync": SYNC.split(),
            "check": CHECK.split(),
            "tables": TABLES,
            "any_head": False,
            "data_follow": data_follow,
            **changes,
        }
        host = Context(self.run, **(context or {}))
        outcome = SchemaKeeper(schema, host, self.connect).bring()
        if not data_follow:
            return outcome
        data = {**both, "load": [*LOAD.split(), "/etc"], "table": DATA}
        loaded = bring_data(data, host, self.connect)
        return Outcome(Plan(outcome.plan.steps + loaded.plan.steps), outcome.report)

    def connect(self, login: Login) -> MariaDB:
        return MariaDB(login, self.server.connect)

    def programs(self) -> list[str]:
        """Return what was run, as whom it has to be run."""
        assert all(command.startswith("runuser -u glance -- ") for command in self.run.commands)
        return [command.removeprefix("runuser -u glance -- ").removesuffix(" /etc") for command in self.run.commands]

    def dropped(self) -> list[str]:
        return [sql for sql, _ in self.server.told if sql.startswith("DROP")]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_empty_database_is_filled_once(site: Site) -> None:
    outcome = site.bring()
    assert outcome.plan.titles() == ["migrate: database schema", f"load: definitions into {DATA}"]
    assert outcome.report == {"tables": sorted(TABLES), "versions": ["b2"]}
    assert site.programs() == [SYNC, LOAD]
    assert site.marks == [first_mark(frozenset({"b2"}))]
    assert not site.mark.exists()
    assert not site.bring().plan
    assert site.programs() == []


def test_a_new_release_migrates(site: Site) -> None:
    site.bring()
    site.release("c3")
    assert site.bring().plan.diff()["before"].startswith("database schema: b2\n")
    assert site.programs() == [SYNC, LOAD]
    assert site.marks[-1] == FILLED


@pytest.mark.parametrize(("any_head", "is_current"), [(True, True), (False, False)], ids=["one is enough", "all"])
def test_a_release_may_have_a_second_last_revision(site: Site, any_head: bool, is_current: bool) -> None:
    site.bring()
    (site.directory / "versions" / "second.py").write_text("revision = 'b2_contract'\n")
    assert bool(site.bring(any_head=any_head, context={"check_mode": True}).plan) != is_current


def test_data_that_are_missing_are_loaded_alone(site: Site) -> None:
    site.bring()
    site.server.filled.discard(DATA)
    assert site.bring().plan.titles() == [f"load: definitions into {DATA}"]
    assert site.programs() == [LOAD]


def test_check_mode_runs_no_program_and_leaves_no_mark(site: Site) -> None:
    assert site.bring(context={"check_mode": True}).plan.titles()[0] == "migrate: database schema"
    assert site.programs() == []
    assert not site.mark.parent.exists()


def test_a_first_migration_that_was_killed_is_started_over(site: Site) -> None:
    """MariaDB takes no table back, and a first migration is not always made to be repeated."""
    site.server.tables["glance"] = ["images"]
    site.mark.parent.mkdir()
    site.mark.write_bytes(first_mark(frozenset({"b2"})))
    site.failures = [KILLED]
    outcome = site.bring()
    assert site.programs() == [SYNC, SYNC, LOAD]
    assert site.dropped() == ["DROP TABLE `glance`.`images`"]
    assert outcome.report["versions"] == ["b2"]
    assert not site.mark.exists()


@pytest.mark.parametrize(
    "mark",
    [FILLED, b"", b"empty\n", first_mark(frozenset({"a1"})), first_mark(frozenset())],
    ids=["began with tables", "torn", "unknown", "of an older release", "of no release"],
)
def test_tables_that_a_service_may_have_worked_with_are_never_dropped(site: Site, mark: bytes) -> None:
    site.server.tables["glance"], site.server.versions = ["images", VERSIONS], {"a1"}
    site.mark.parent.mkdir()
    site.mark.write_bytes(mark)
    site.failures = [KILLED, KILLED]
    with pytest.raises(DeployError, match="glance-manage db sync failed"):
        site.bring()
    assert site.dropped() == []
    assert site.mark.read_bytes() == mark


def test_a_schema_that_got_to_its_end_is_not_dropped_when_a_repetition_fails(site: Site) -> None:
    site.bring()
    site.mark.write_bytes(first_mark(frozenset({"b2"})))
    site.failures = [KILLED]
    with pytest.raises(DeployError, match="glance-manage db sync failed"):
        site.bring()
    assert site.dropped() == []


def test_a_migration_that_fails_twice_is_told_without_secrets_and_tried_again_by_the_next_run(site: Site) -> None:
    site.failures = [KILLED, KILLED]
    with pytest.raises(DeployError) as caught:
        site.bring()
    assert str(caught.value) == (
        "glance-manage db sync failed: "
        "ERROR (1050, \"Table 'images' already exists\") (secret) mysql://glance:(secret)@db"
    )
    assert caught.value.hint == "runuser -u glance -- glance-manage db sync"
    assert site.mark.exists()
    assert len(site.bring().plan.steps) == 2
    assert not site.mark.exists()


def test_data_that_do_not_load_leave_the_mark(site: Site) -> None:
    site.load_answer = (1, "", "no\n")
    with pytest.raises(DeployError, match="glance-manage db load_metadefs failed: no"):
        site.bring()
    assert site.mark.exists()
    site.load_answer = (0, "", "")
    assert site.bring().plan.titles() == [f"load: definitions into {DATA}"]
    assert not site.mark.exists()


def test_data_of_a_new_release_are_loaded_even_if_the_run_that_migrated_was_killed(site: Site) -> None:
    site.bring()
    site.release("c3")
    site.load_answer = (1, "", "killed\n")
    with pytest.raises(DeployError):
        site.bring()
    site.load_answer = (0, "", "")
    assert site.bring().plan.titles() == [f"load: definitions into {DATA}"]
    assert not site.bring().plan


def test_a_load_that_was_killed_is_begun_again_though_the_table_has_rows_by_then(site: Site) -> None:
    site.bring()
    site.server.filled.discard(DATA)
    site.kill_load = True
    with pytest.raises(KeyboardInterrupt):
        site.bring()
    site.kill_load = False
    assert site.bring().plan.titles() == [f"load: definitions into {DATA}"]
    assert not site.mark.exists()
    assert not site.bring().plan


def test_the_mark_is_for_root_alone(site: Site) -> None:
    site.failures = [KILLED, KILLED]
    with pytest.raises(DeployError):
        site.bring()
    assert site.mark.stat().st_mode & 0o777 == 0o600
    assert site.mark.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("code", "programs"), [(0, [CHECK]), (1, [CHECK, SYNC])], ids=["current", "behind"])
def test_where_there_are_no_migrations_the_programs_own_check_tells(site: Site, code: int, programs: list[str]) -> None:
    site.server.tables["glance"] = list(TABLES)
    site.run.scripts[f"runuser -u glance -- {CHECK}"] = (code, "", "")
    site.bring(migrations=str(site.directory / "none"), data_follow=False)
    assert site.programs() == programs
    assert not site.mark.exists()


def test_a_schema_that_counts_as_current_and_lacks_tables_is_refused(site: Site) -> None:
    site.bring()
    site.server.tables["glance"].remove("images")
    with pytest.raises(DeployError, match="The database glance lacks images, and counts as current") as caught:
        site.bring()
    assert "runuser -u glance -- glance-manage db check" in caught.value.hint


@pytest.mark.parametrize("error", [2003, 1045], ids=["no server", "no account"])
def test_a_dry_run_of_a_first_deployment_needs_no_database(site: Site, error: int) -> None:
    site.server.faults["connect"] = pymysql.OperationalError(error, "no")
    dry = {"check_mode": True, "tentative": True}
    assert site.bring(context=dry).plan.titles() == ["migrate: database schema", f"load: definitions into {DATA}"]
    with pytest.raises(DeployError):
        site.bring(context={"check_mode": True})
    with pytest.raises(UnreachableError if error == 2003 else DeployError):
        site.bring()


def test_a_dry_run_finds_out_that_a_given_account_is_refused(site: Site) -> None:
    dry = {"check_mode": True, "tentative": True}
    site.server.faults["connect"] = pymysql.OperationalError(1045, "no")
    with pytest.raises(DeployError, match="1045"):
        site.bring(context=dry, given=True)
    site.server.faults["connect"] = pymysql.OperationalError(2003, "no")
    assert len(site.bring(context=dry, given=True).plan.steps) == 2
