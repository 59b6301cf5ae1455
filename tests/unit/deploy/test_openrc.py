"""openrc files: what a shell would make of them, without a shell."""

from __future__ import annotations

import pytest

from glance_deploy.errors import UsageError
from glance_deploy.openrc import cloud_environment, parse_openrc

URL = "export OS_AUTH_URL=http://c:5000/v3\n"

# Text behind the URL line, and what it sets besides the URL. Each was compared with bash.
GOOD = {
    "plain": ("OS_A=b", {"OS_A": "b"}),
    "empty": ("export OS_A=", {"OS_A": ""}),
    "indented": ("   export OS_A=b", {"OS_A": "b"}),
    "declare": ("declare -x OS_A=b", {"OS_A": "b"}),
    "single quotes": ("OS_A='p@ss/w:rd%$#\"\\ é'", {"OS_A": 'p@ss/w:rd%$#"\\ é'}),
    "double quotes": (r'OS_A="a\"b\`c\\d\e\$x"', {"OS_A": 'a"b`c\\d\\e$x'}),
    "c string": (r"OS_A=$'it\'s\x41\t\u00e9\101'", {"OS_A": "it'sA\té" + "A"}),
    "mixed": (r"""OS_A='a'"b"c\ d""", {"OS_A": "abc d"}),
    "dollar at the end": ('OS_A=cost$\nOS_B="5$ "', {"OS_A": "cost$", "OS_B": "5$ "}),
    "comment": ("OS_A=b # OS_C=d\n# OS_D=e", {"OS_A": "b"}),
    "hash inside": ("OS_A=a#b", {"OS_A": "a#b"}),
    "two lines": ("OS_A='x\ny'", {"OS_A": "x\ny"}),
    "continued": ('OS_A="x\\\ny"', {"OS_A": "xy"}),
    "statements in a line": (
        "OS_A=b; OS_B=c && export OS_C=d OS_D=e",
        {"OS_A": "b", "OS_B": "c", "OS_C": "d", "OS_D": "e"},
    ),
    "reference": ('OS_A=b\nOS_B="$OS_A-${OS_A}"', {"OS_A": "b", "OS_B": "b-b"}),
    "unset": ("OS_A=b\nOS_B=c\nunset OS_A OS_X", {"OS_B": "c"}),
    "windows": ("OS_A=b\r\nOS_B='c'\r\n", {"OS_A": "b", "OS_B": "c"}),
    "prompt of packstack": ("export PS1='[\\u@\\h \\W(admin)]\\$ '\nOS_A=b", {"OS_A": "b"}),
    "loop of kolla": ("for key in $( set | awk '/^OS_/ {print $1}' ); do unset $key ; done\nOS_A=b", {"OS_A": "b"}),
    "condition of horizon": ('OS_A=b\nif [ -z "$OS_A" ]; then unset OS_A; fi', {"OS_A": "b"}),
    "asked password": (
        'echo "Password for $OS_A: "\nread -sr OS_PASSWORD_INPUT\nexport OS_PASSWORD=$OS_PASSWORD_INPUT',
        {},
    ),
}
# Text, and a part of the message.
BAD = {
    "no url": ("export OS_USERNAME=admin", "does not set OS_AUTH_URL"),
    "empty": ("", "does not set OS_AUTH_URL"),
    "empty url": ("OS_AUTH_URL=", "does not set OS_AUTH_URL"),
    "not an openrc": ("<html>not found</html>", "does not set OS_AUTH_URL"),
    "command": (URL + "OS_PASSWORD=$(cat /etc/shadow)", "line 2: the value of OS_PASSWORD is computed"),
    "quoted command": (URL + 'OS_PASSWORD="$(echo "x")"', "line 2: the value of OS_PASSWORD is computed"),
    "backticks": ("OS_AUTH_URL=`hostname`", "line 1: the value of OS_AUTH_URL is computed"),
    "default value": ("OS_AUTH_URL=${URL:-x}", "is computed"),
    "arithmetic": ("OS_AUTH_URL=$((1+1))", "is computed"),
    "array": ("OS_AUTH_URL=(a b)", "is computed"),
    "unknown variable": ("OS_AUTH_URL=http://$HOSTNAME:5000", "is computed"),
    "open single quote": ("OS_AUTH_URL='x", "does not close"),
    "open double quote": (
        URL + 'OS_PASSWORD="secret\n',
        "line 2: the value of OS_PASSWORD has a quote that does not close",
    ),
    "open c string": ("OS_AUTH_URL=$'x", "does not close"),
}


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_values_are_read_as_a_shell_reads_them(text: str, expected: dict[str, str]) -> None:
    assert parse_openrc(URL + text, "openrc") == {"OS_AUTH_URL": "http://c:5000/v3", **expected}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_what_needs_a_shell_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_openrc(text, "openrc")
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_credentials_of_one_cloud_replace_all_others() -> None:
    base = {"PATH": "/bin", "OS_TOKEN": "old", "OS_CLOUD": "old"}
    assert cloud_environment(base, {"OS_AUTH_URL": "u"}) == {"PATH": "/bin", "OS_AUTH_URL": "u"}
