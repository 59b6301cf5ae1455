from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_packages import (
    environment as environment_of,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_preflight import (
    Problem,
    result,
    wished_room,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.modules.host_preflight import (
    ARGUMENT_SPEC,
    look,
    questions,
)


def params(**changes: Any) -> dict[str, Any]:
    return {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | {"supported": []} | changes


def test_everything_is_found_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        problems, facts = look(
            params(
                min_memory_mb=10**9,
                min_disk_mb={"/no/such/place": 10**9},
                control_time=1000.0,
                ports=[{"port": port, "address": "", "owners": []}],
                names=["no-such-host.invalid"],
                database_host="127.0.0.1",
                database_port=1,
                packages=["not asked for on an unsupported system"],
            )
        )
    found = [problem.where for problem in problems]
    for where in ("operating system", "memory", "/no/such/place", "clock", f"port {port}", "database 127.0.0.1:1"):
        assert where in found
    assert found[-2:] == ["name no-such-host.invalid", "database 127.0.0.1:1"]
    assert set(facts) == {"os", "version", "memory_mb", "python", "disk_free_mb", "clock_skew"}
    assert {"/no/such/place", "/etc", "/var"} == set(facts["disk_free_mb"])


def test_the_result_tells_problems_as_lines_and_as_data() -> None:
    found = result([Problem("bad", "here", "Mend it."), Problem("worse", "there", "Run.")], {"os": "debian"})
    assert found["msg"] == "here: bad. Mend it.\nthere: worse. Run."
    assert found["problems"][0] == {"what": "bad", "where": "here", "mend": "Mend it."}
    assert found["hint"]


def test_the_result_of_a_good_host_has_no_message() -> None:
    assert result([], {"os": "debian"}) == {"changed": False, "steps": [], "facts": {"os": "debian"}, "problems": []}


def test_questions() -> None:
    given = params(names=["a", "b", "a"], identity_url="http://c:5000", database_host="d")
    assert [question.where for question in questions(given)] == [
        "name a",
        "name b",
        "identity service http://c:5000",
        "database d:3306",
    ]
    assert questions(params()) == []


def test_room() -> None:
    assert wished_room({"/var": "10", "/": 5}) == {"/var": 10, "/": 5}
    assert wished_room({}) == {}


@pytest.mark.parametrize("given", [{"var": 1}, {"/var": "1G"}, {"/var": -1}, {"/var": None}])
def test_odd_room_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(DeployError, match="min_disk_mb must map absolute paths to MB"):
        wished_room(given)


def test_the_proxy_goes_through_the_environment() -> None:
    environment = environment_of("http://u:p@proxy:3128")
    assert environment["http_proxy"] == environment["https_proxy"] == "http://u:p@proxy:3128"
    assert environment["LC_ALL"] == "C"
    assert "http://u:p@proxy:3128" not in environment_of(None).values()
