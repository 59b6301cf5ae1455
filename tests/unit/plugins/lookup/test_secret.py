from __future__ import annotations

import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.glance_deploy.openstack.plugins.lookup.secret import (
    DOCUMENTATION,
    LookupModule,
    VaultFile,
    default_directory,
)

REPOSITORY = Path(__file__).parents[4]
NAME = "glance_deploy.openstack.secret"
# What Ansible's plugin loader does: options come from the plugin's own documentation.
constants.config.initialize_plugin_configuration_definitions("lookup", NAME, yaml.safe_load(DOCUMENTATION)["options"])


def look_up(state_dir: Path, *names: str, check_mode: bool = False, **options: Any) -> list[str]:
    plugin = LookupModule()
    plugin._load_name = NAME
    variables = {"glance_deploy_state_dir": str(state_dir), "ansible_check_mode": check_mode}
    answer: list[str] = plugin.run(list(names), variables=variables, **options)
    return answer


def put(state_dir: Path, plain: str, key: bytes = b"key of the test") -> None:
    """Write a vault file the way a user with ansible-vault does."""
    state_dir.mkdir(exist_ok=True)
    (state_dir / "vault.key").write_bytes(key)
    (state_dir / "secrets.yml").write_bytes(VaultLib([("default", VaultSecret(key))]).encrypt(plain))


def ensure_in_process(arguments: tuple[str, str]) -> str:
    directory, name = arguments
    return VaultFile(Path(directory)).ensure(name, 40)


def test_a_secret_is_generated_once_and_then_kept(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    first = look_up(state, "glance_database_password")
    assert re.fullmatch(r"[A-Za-z0-9]{40}", first[0])
    assert look_up(state, "glance_database_password") == first


def test_several_names_give_different_secrets_in_order(tmp_path: Path) -> None:
    one, two = look_up(tmp_path, "one", "two", length=64)
    assert one != two
    assert len(one) == 64
    assert look_up(tmp_path, "two", "one") == [two, one]


def test_files_are_private_and_encrypted(tmp_path: Path) -> None:
    state = tmp_path / ".glance-deploy" / "lab"
    (value,) = look_up(state, "one")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (state.parent, state, *state.iterdir())}
    assert modes[".glance-deploy"] == modes["lab"] == 0o700
    assert modes["vault.key"] == modes["secrets.yml"] == 0o600
    assert sorted(modes) == [".glance-deploy", ".lock", "lab", "secrets.yml", "vault.key"]
    assert value.encode() not in (state / "secrets.yml").read_bytes()


def test_ansible_vault_opens_the_file(tmp_path: Path) -> None:
    (value,) = look_up(tmp_path, "one")
    shown = subprocess.run(
        ["ansible-vault", "view", "--vault-password-file", tmp_path / "vault.key", tmp_path / "secrets.yml"],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert yaml.safe_load(shown.stdout) == {"one": value}


def test_many_processes_agree_and_lose_nothing(tmp_path: Path) -> None:
    work = [(str(tmp_path), f"name_{number % 4}") for number in range(24)]
    with concurrent.futures.ProcessPoolExecutor(6) as pool:
        answers = list(pool.map(ensure_in_process, work))
    assert {name: value for (_, name), value in zip(work, answers, strict=True)} == VaultFile(tmp_path).read()
    assert len(set(answers)) == 4


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert look_up(state, "one", check_mode=True) == ["generated-by-the-first-real-run-one"]
    assert not state.exists()


def test_check_mode_shows_what_is_there(tmp_path: Path) -> None:
    stored = look_up(tmp_path, "one")
    assert look_up(tmp_path, "one", check_mode=True) == stored


def test_a_users_own_secret_is_kept_beside_new_ones(tmp_path: Path) -> None:
    own = "p@ss/w:rd%$#'\"\\ é"
    put(tmp_path, yaml.safe_dump({"mine": own}))
    assert look_up(tmp_path, "mine", "other")[0] == own
    assert look_up(tmp_path, "mine") == [own]


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ("one: 0123\n", "the secret 'one' in .* is not text; put it in quotes"),
        ("one:\n", "is not text"),
        ("- one\n", "must hold lines 'name: value'"),
        ("one: [hidden words\n", "is not YAML inside; run: ansible-vault edit"),
    ],
    ids=["number", "empty", "list", "syntax"],
)
def test_a_file_that_cannot_be_understood_is_left_alone(tmp_path: Path, plain: str, words: str) -> None:
    put(tmp_path, plain)
    before = (tmp_path / "secrets.yml").read_bytes()
    with pytest.raises(AnsibleError, match=words) as caught:
        look_up(tmp_path, "two")
    assert "hidden words" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "secrets.yml").read_bytes() == before


def test_a_missing_key_is_not_replaced(tmp_path: Path) -> None:
    look_up(tmp_path, "one")
    (tmp_path / "vault.key").unlink()
    with pytest.raises(AnsibleError, match=r"vault\.key is missing.*restore the key") as caught:
        look_up(tmp_path, "two")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "vault.key").exists()


def test_an_empty_key_is_told(tmp_path: Path) -> None:
    look_up(tmp_path, "one")
    (tmp_path / "vault.key").write_text("\n")
    with pytest.raises(AnsibleError, match=r"vault\.key is empty"):
        look_up(tmp_path, "one")


def test_a_wrong_key_is_told(tmp_path: Path) -> None:
    look_up(tmp_path, "one")
    (tmp_path / "vault.key").write_text("another\n")
    with pytest.raises(AnsibleError, match=r"does not open .*secrets\.yml, or the file is damaged") as caught:
        look_up(tmp_path, "one")
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_not_regenerated(tmp_path: Path) -> None:
    look_up(tmp_path, "one")
    half = (tmp_path / "secrets.yml").read_bytes()[:200]
    (tmp_path / "secrets.yml").write_bytes(half)
    with pytest.raises(AnsibleError, match="or the file is damaged"):
        look_up(tmp_path, "one")
    assert (tmp_path / "secrets.yml").read_bytes() == half


@pytest.mark.parametrize("content", ["", "one: plain\n"], ids=["empty", "plain"])
def test_an_unencrypted_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.yml").write_text(content)
    with pytest.raises(AnsibleError, match="is not encrypted; run: ansible-vault encrypt"):
        look_up(tmp_path, "one")


def test_a_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(AnsibleError, match=r"cannot use the secrets in .*; make the directory writable, or set"):
        look_up(tmp_path / "state", "one")


def test_a_weak_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match="length=8 makes a weak secret; use 32 or more"):
        look_up(tmp_path, "one", length=8)


@pytest.mark.parametrize("name", ["", "../key", "two words", "1st"])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AnsibleError, match="is not a name for a secret"):
        look_up(tmp_path, name)


def test_the_directory_follows_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prod.yml").write_text("")
    assert default_directory(str(tmp_path / "prod.yml")) == tmp_path / ".glance-deploy" / "prod"
    assert default_directory("host1,") == tmp_path / ".glance-deploy" / "default"
    assert default_directory(None) == tmp_path / ".glance-deploy" / "default"


def test_hosts_of_several_inventory_files_share_their_secrets_and_templates_stay_text(tmp_path: Path) -> None:
    inventory = tmp_path / "hosts"
    inventory.mkdir()
    (inventory / "a.yml").write_text("all: {hosts: {first: {}}}\n")
    (inventory / "b.yml").write_text("all: {hosts: {second: {}}}\n")
    state = inventory / ".glance-deploy" / "a"
    state.mkdir(parents=True)
    put(state, "trap: '{{ 7*7 }}'\n")
    play = tmp_path / "play.yml"
    play.write_text(
        yaml.safe_dump(
            [
                {
                    "hosts": "all",
                    "gather_facts": False,
                    "connection": "local",
                    "vars": {
                        "trap": "{{ lookup('glance_deploy.openstack.secret', 'trap') }}",
                        "fresh": "{{ lookup('glance_deploy.openstack.secret', 'fresh') }}",
                    },
                    "tasks": [{"ansible.builtin.debug": {"msg": "<{{ trap }}|{{ fresh }}>"}}],
                }
            ]
        )
    )
    run = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", inventory, play],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "collections"), "ANSIBLE_NOCOLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    shown = re.findall(r"<(.*?)\|(.*?)>", run.stdout)
    assert [trap for trap, _ in shown] == ["{{ 7*7 }}", "{{ 7*7 }}"]
    assert {fresh for _, fresh in shown} == {VaultFile(state).read()["fresh"]}
