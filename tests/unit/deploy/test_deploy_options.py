"""Bad input is refused before anything is started, each kind with its own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glance_deploy import arguments
from glance_deploy.errors import ExitCode, UsageError
from glance_deploy.options import Options, from_arguments
from glance_deploy.target import Target

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture
def check(root: Path) -> Callable[..., Options]:
    """Return a function from a command line to options."""

    def check(*argv: str, **environment: str) -> Options:
        return from_arguments(arguments.parse(argv), root, environment)

    return check


Check = Callable[..., Options]


def file(directory: Path, text: str = "x", mode: int = 0o600, name: str = "file") -> str:
    path = directory / name
    path.write_text(text)
    path.chmod(mode)
    return str(path)


URL = "https://example.org/a.qcow2"
SUM = "sha256:" + "0" * 64
USAGE = {
    "nowhere": ([], "say where"),
    "two places": (["--controller", "a", "--lab"], "say where"),
    "three places": (["--controller", "a", "--lab", "--inventory", "b"], "say where"),
    "unknown option": (["--controler", "a"], "unrecognized"),
    "no abbreviations": (["--contr", "a"], "unrecognized"),
    "no value": (["--controller"], "expected one argument"),
    "bad host": (["--controller", "a b"], "is not a host"),
    "bad port": (["--controller", "a:0"], "port '0'"),
    "bad output": (["--lab", "--output", "xml"], "invalid choice"),
    "two clouds": (["--lab", "--openrc", "a", "--os-cloud", "b"], "not allowed with"),
    "unknown command": (["verfy", "--lab"], "unknown command 'verfy'"),
    "command too late": (["--controller", "a", "verify"], "unrecognized arguments: verify"),
    "no check in verify": (["verify", "--lab", "--check"], "unrecognized"),
    "key for the lab": (["--lab", "--ssh-key", "x"], "--lab makes its own"),
    "password for the lab": (["--lab", "--ask-pass"], "--lab makes its own"),
    "database password alone": (["--lab", "--ask-database-pass"], "is about --database-host"),
    "database with port": (["--lab", "--database-host", "db:3306"], "takes a host alone"),
    "database is no host": (["--lab", "--database-host", "a b"], "is not a host"),
    "unknown variable": (["--lab", "--set", "glance_worker=1"], "unknown variable"),
    "no such inventory": (["--inventory", "/nonexistent"], "--inventory /nonexistent: there is no such file"),
    "no such key": (["--controller", "a", "--ssh-key", "/nonexistent"], "--ssh-key /nonexistent: there is no such"),
    "no such host keys": (["--controller", "a", "--known-hosts", "/nonexistent"], "--known-hosts /nonexistent"),
    "no such openrc": (["--lab", "--openrc", "/nonexistent"], "--openrc /nonexistent: there is no such"),
    "no such variables": (["--lab", "--vars-file", "/nonexistent"], "--vars-file /nonexistent: there is no such"),
    "no such image": (["--lab", "--image", "/nonexistent"], "--image /nonexistent: there is no such file"),
    "image by ftp": (["--lab", "--image", "ftp://a/b"], "not a URL that can be fetched"),
    "image is no path": (["--lab", "--image", "https://a", "--image-checksum", SUM], "not a URL that can be fetched"),
    "short checksum": (["--lab", "--image", URL, "--image-checksum", "sha256:12"], "is not a checksum"),
    "weak checksum": (["--lab", "--image", URL, "--image-checksum", "md5:" + "0" * 32], "is not a checksum"),
    "URL without checksum": (["--lab", "--image", URL], "a URL needs a checksum"),
    "checksum of nothing": (["--lab", "--image-checksum", SUM], "--image-checksum is about --image"),
    "directory": (["--inventory", "/"], "--inventory /: Is a directory"),
}


@pytest.mark.parametrize(("argv", "words"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_refused(check: Check, argv: list[str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(*argv)
    assert words in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_the_nearest_command_is_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        arguments.parse(["verfy"])
    assert caught.value.hint == "did you mean verify?"


def test_a_public_key_is_not_a_private_one(check: Check, tmp_path: Path) -> None:
    public = file(tmp_path, "ssh-ed25519 AAAA me", name="id.pub")
    with pytest.raises(UsageError, match="not a private key") as caught:
        check("--controller", "a", "--ssh-key", public)
    assert caught.value.hint == f"give {tmp_path / 'id'}"


def test_a_key_that_others_may_read_is_refused(check: Check, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="others may read it") as caught:
        check("--controller", "a", "--ssh-key", file(tmp_path, KEY, 0o644))
    assert caught.value.hint.startswith("chmod 600")


def test_an_openrc_without_a_url_is_refused(check: Check, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not set OS_AUTH_URL"):
        check("--lab", "--openrc", file(tmp_path, "export OS_USERNAME=admin\n"))


def test_a_binary_openrc_is_refused(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not text in UTF-8"):
        check("--lab", "--openrc", str(path))


def test_a_cloud_that_clouds_yaml_does_not_have_is_refused(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "OS_CLIENT_CONFIG_FILE", file(tmp_path, "clouds:\n  mine:\n    auth: {auth_url: http://c:5000}\n")
    )
    with pytest.raises(UsageError, match="has no cloud 'other'; known: mine"):
        check("--lab", "--os-cloud", "other")
    assert check("--lab", "--os-cloud", "mine").os_cloud == "mine"


def test_a_broken_clouds_yaml_has_no_clouds(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", file(tmp_path, "clouds: ["))
    with pytest.raises(UsageError, match="known: none"):
        check("--lab", "--os-cloud", "mine")


def test_the_main_job_needs_no_verb(check: Check) -> None:
    options = check("--controller", "admin@host:2222")
    assert (options.command, options.target) == ("deploy", Target("host", 2222, "admin"))


@pytest.mark.parametrize("verb", ["deploy", "preflight", "verify"])
def test_a_verb_comes_first(check: Check, verb: str) -> None:
    assert check(verb, "--lab").command == verb


def test_named_options_become_variables(check: Check, tmp_path: Path) -> None:
    image = file(tmp_path, name="image.qcow2")
    argv = ["--lab", "--region", "Two", "--release", "zed", "--image", image, "--database-host", "db"]
    assert check(*argv, "--image-checksum", "sha256:" + "a" * 64).variables == {
        "openstack_region": "Two",
        "openstack_release": "zed",
        "glance_image_source": image,
        "glance_image_checksum": "sha256:" + "a" * 64,
        "openstack_database_host": "db",
        "glance_database_host": "db",
    }


def test_without_options_there_are_no_variables(check: Check) -> None:
    assert check("--lab").variables == {}


def test_set_wins_over_a_named_option(check: Check) -> None:
    assert check("--lab", "--region", "A", "--set", "openstack_region=B").variables["openstack_region"] == "B"


def test_paths_do_not_depend_on_where_ansible_works(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, KEY, name="key")
    options = check(
        "--controller", "a", "--ssh-key", "key", "--image", "key", "--vars-file", file(tmp_path, "glance_workers: 1")
    )
    assert options.ssh_key == tmp_path / "key"
    assert options.variables["glance_image_source"] == str(tmp_path / "key")
    assert options.vars_files[0].is_absolute()


def test_existing_services_are_told_by_their_groups(check: Check, tmp_path: Path) -> None:
    openrc = file(tmp_path, "OS_AUTH_URL=x")
    assert check("--lab").existing_services == ()
    assert check("--lab", "--openrc", openrc).existing_services == ("keystone",)
    assert check("--lab", "--database-host", "db").existing_services == ("mariadb",)


def test_the_report_shows_names_of_variables_only(check: Check) -> None:
    options = check("--controller", "me@host:22", "--set", "glance_workers=42", "--region", "Two", "-v")
    assert options.public["set"] == ["glance_workers"]
    assert options.public["controller"] == "host"
    assert "42" not in str(options.public)


def test_options_do_not_show_credentials(check: Check, tmp_path: Path) -> None:
    assert "hunter2" not in repr(check("--lab", "--openrc", file(tmp_path, "OS_AUTH_URL=x\nOS_PASSWORD=hunter2")))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [(["--output", "json"], True), (["--output=json", "-x"], True), (["--output", "text"], False), (["json"], False)],
)
def test_json_is_recognized_in_wrong_command_lines_too(argv: list[str], *, expected: bool) -> None:
    assert arguments.wants_json(argv) is expected
