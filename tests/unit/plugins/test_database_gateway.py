from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import pymysql
import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database import (
    Account,
    Database,
    native_hash,
    plan_present,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_gateway import (
    Login,
    MariaDB,
    UnreachableError,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_run import ARGUMENT_SPEC, bring
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_mariadb import Server
from tests.unit.plugins.fake_run import FakeRun

NASTY = "p@ss/w:rd%$#'\"\\ é"
SOCKET = Login(unix_socket="/run/mysqld/mysqld.sock")
GLANCE = Database("glance", accounts=(Account("glance", "localhost", NASTY), Account("glance", "%", NASTY)))
HASH, OTHER_HASH = native_hash(NASTY), native_hash("another")
ALL_ON_GLANCE = "GRANT ALL PRIVILEGES ON `glance`.* TO `glance`@`%`"


@pytest.fixture
def server() -> Server:
    return Server()


def works(server: Server, plugin: str, stored: str) -> bool:
    server.users = [("glance", "%", plugin, stored)]
    actual = MariaDB(SOCKET, server.connect).read(GLANCE)
    return actual.accounts["glance", "%"].password_works


def test_empty_server_is_read(server: Server) -> None:
    actual = MariaDB(SOCKET, server.connect).read(GLANCE)
    assert (actual.exists, actual.tables, actual.accounts) == (False, (), {})
    assert actual.server_version == "11.8.6-MariaDB"


def test_finished_server_is_read_over_one_connection(server: Server) -> None:
    server.tables, server.filled = {"glance": ["images", "alembic_version"]}, {"alembic_version"}
    server.users = [("glance", host, "mysql_native_password", HASH) for host in ("localhost", "%", "10.0.0.5")]
    server.grants = {("glance", host): [ALL_ON_GLANCE] for host in ("localhost", "%")}
    actual = MariaDB(SOCKET, server.connect).read(GLANCE)
    assert actual.tables == ("alembic_version", "images")
    assert actual.empty_tables == ("images",)
    assert set(actual.accounts) == {("glance", "localhost"), ("glance", "%")}
    assert not plan_present(actual, GLANCE)
    assert len(server.opened) == 1


def test_database_of_other_case_is_another_one(server: Server) -> None:
    server.tables = {"Glance": []}
    assert MariaDB(SOCKET, server.connect).read(GLANCE).exists is False


def test_password_is_known_by_its_hash(server: Server) -> None:
    assert works(server, "mysql_native_password", HASH)
    assert works(server, "", HASH)
    assert not works(server, "mysql_native_password", OTHER_HASH)
    assert not works(server, "unix_socket", "")
    assert not works(server, "another_plugin", HASH)


@pytest.mark.parametrize(
    ("taken_for", "result"), [("glance@%", True), ("glance@localhost", False), ("root@localhost", False)]
)
def test_password_without_hash_is_tried(server: Server, taken_for: str, result: bool) -> None:
    server.logins["glance", NASTY.encode()] = taken_for
    assert works(server, "ed25519", "key") is result


def test_driver_without_a_plugins_library_proves_nothing(server: Server) -> None:
    gateway = MariaDB(SOCKET, server.connect)
    server.faults["connect"] = RuntimeError("'pynacl' package is required for ed25519_password auth method")
    server.users = [("glance", "%", "ed25519", "key")]
    assert gateway.read(GLANCE).accounts["glance", "%"].password_works is False


def test_nothing_is_tried_without_a_password(server: Server) -> None:
    server.users = [("glance", "%", "unix_socket", "")]
    MariaDB(SOCKET, server.connect).read(Database("glance", accounts=(Account("glance", "%"),)))
    assert len(server.opened) == 1


def test_plan_is_run_as_it_stands(server: Server) -> None:
    gateway = MariaDB(SOCKET, server.connect)
    plan = plan_present(gateway.read(Database("a%b")), Database("a%b", accounts=GLANCE.accounts[:1]))
    server.told.clear()
    gateway.apply(plan)
    assert server.told == [
        # Without values the driver does not format, so a single `%` stays one.
        ("CREATE DATABASE `a%b` CHARACTER SET utf8mb4", None),
        ("CREATE USER %s@%s IDENTIFIED BY %s", ("glance", "localhost", NASTY)),
        ("GRANT ALL ON `a\\%%b`.* TO %s@%s", ("glance", "localhost")),
    ]


def test_login_by_socket_and_over_tcp() -> None:
    local = Login(unix_socket="/sock", user="root", password="ü").arguments()
    assert (local["unix_socket"], local["password"], local["ssl"]) == ("/sock", b"\xc3\xbc", None)
    remote = Login(host="db", port=3307, tls={"verify": False}).arguments()
    assert (remote["host"], remote["port"], remote["ssl"].verify_mode) == ("db", 3307, ssl.CERT_NONE)
    assert Login(host="db", tls={}).arguments()["ssl"].verify_mode == ssl.CERT_REQUIRED


def test_secrets_are_not_shown() -> None:
    assert "geheim" not in repr((Login(password="geheim"), Account("glance", "%", "geheim")))


def test_plain_connection_is_refused_where_tls_is_asked_for(server: Server) -> None:
    login = Login(host="db", tls={})
    with pytest.raises(DeployError, match="does not offer TLS"):
        MariaDB(login, server.connect)
    server.cipher = "TLS_AES_256_GCM_SHA384"
    MariaDB(login, server.connect)


def test_missing_certificate_is_named(server: Server) -> None:
    with pytest.raises(DeployError, match=r"login_tls\.ca_file /nope: .*No such file"):
        MariaDB(Login(host="db", tls={"ca_file": "/nope"}), server.connect)


def lost(text: str, cause: Exception) -> pymysql.OperationalError:
    error = pymysql.OperationalError(2003, text)
    error.original_exception = cause  # type: ignore[attr-defined]  # as the driver does
    return error


@pytest.mark.parametrize(
    ("begins", "fault", "message", "hint"),
    [
        (
            "connect",
            pymysql.OperationalError(1045, "Access denied for user 'root'@'::1'"),
            "Access denied",
            "login_user",
        ),
        ("connect", pymysql.OperationalError(1698, "Access denied"), r"\(1698\)", "login_unix_socket"),
        ("connect", lost("bad", ssl.SSLError("x")), "certificate was not accepted", "ca_file"),
        ("CREATE DATABASE", pymysql.OperationalError(1044, "Access denied to database"), r"\(1044\)", "GRANT OPTION"),
        ("SELECT User", pymysql.OperationalError(1142, "SELECT command denied"), "denied", "SELECT on mysql"),
        ("CREATE USER", pymysql.OperationalError(1227, "you need CREATE USER"), "CREATE USER", "CREATE USER on"),
        ("CREATE USER", pymysql.OperationalError(1819, "password policy"), "policy", "password rules"),
        ("GRANT", pymysql.ProgrammingError(1064, "near 'secret'"), r"statement of ours \(1064\)", "privileges"),
        ("SHOW", pymysql.InternalError(), r"refused:  \(\)", ""),
    ],
)
def test_faults_are_told_in_one_line(server: Server, begins: str, fault: Exception, message: str, hint: str) -> None:
    server.faults[begins] = fault
    server.users = [("glance", "localhost", "", "")] if begins == "SHOW" else []
    with pytest.raises(DeployError, match=message) as caught:
        run(server)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert hint in caught.value.hint


def run(server: Server, check: bool = False, **changes: Any) -> Mapping[str, Any]:
    account = {"name": "glance", "hosts": ["localhost", "%"], "password": NASTY, "privileges": ["ALL"]}
    params = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()}
    params.update({"name": "glance", "accounts": [account], **changes})
    context = Context(FakeRun({}), check, tentative=check)
    outcome = bring(params, context, lambda login: MariaDB(login, server.connect))
    return {"steps": outcome.plan.titles(), **outcome.report}


def test_module_changes_what_it_reports(server: Server) -> None:
    result = run(server)
    assert result["steps"][:2] == ["create: database glance", "create: account glance@localhost"]
    assert result["reachable"] is True
    assert ("CREATE DATABASE `glance` CHARACTER SET utf8mb4", None) in server.told


def test_check_mode_changes_nothing(server: Server) -> None:
    steps = run(server, check=True)["steps"]
    assert steps == run(Server())["steps"]
    assert not [sql for sql, _ in server.told if not sql.startswith(("SELECT", "SHOW"))]


def test_check_mode_does_without_a_server(server: Server) -> None:
    server.faults["connect"] = pymysql.OperationalError(2003, "Can't connect")
    result = run(server, check=True)
    assert len(result["steps"]) == 5
    assert (result["reachable"], result["tables"], result["server_version"]) == (False, [], "")
    with pytest.raises(UnreachableError, match=r"No MariaDB answers at /run/mysqld/mysqld\.sock"):
        run(server)


def test_nothing_is_dropped_without_the_flag(server: Server) -> None:
    server.tables = {"glance": ["images", "tasks"]}
    server.users = [("glance", "%", "", "")]
    with pytest.raises(DeployError, match=r"database glance, account glance@% \(2 tables\)"):
        run(server, state="absent")
    assert not [sql for sql, _ in server.told if sql.startswith("DROP")]


def test_exactly_what_is_named_is_dropped(server: Server) -> None:
    server.tables = {"glance": ["images"], "glance2": []}
    server.users = [("glance", "%", "", ""), ("glance", "10.0.0.5", "", "")]
    run(server, state="absent", confirm_absent=True)
    dropped = [told for told in server.told if told[0].startswith("DROP")]
    assert dropped == [("DROP DATABASE `glance`", None), ("DROP USER %s@%s", ("glance", "%"))]
    assert run(Server(), state="absent")["steps"] == []


def test_tcp_is_used_when_a_host_is_named(server: Server) -> None:
    server.logins["admin", b"pw"] = "admin@%"
    run(server, login_host="db", login_user="admin", login_password="pw", login_tls=None)
    assert server.opened[0]["host"] == "db"
    assert "unix_socket" not in server.opened[0]


def test_where_a_server_has_to_be_one_that_does_not_answer_is_told(server: Server) -> None:
    """A look and a check mode both change nothing; but only the second may find nothing yet."""
    server.faults["connect"] = pymysql.OperationalError(2003, "no")
    params = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()} | {"name": "glance"}
    with pytest.raises(UnreachableError):
        bring(params, Context(FakeRun(), check_mode=True), lambda login: MariaDB(login, server.connect))
