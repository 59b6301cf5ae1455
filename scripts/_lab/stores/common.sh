# shellcheck shell=bash
# What every store's script begins with; store.py sends settings, this file and KIND.sh as one script to a host's bash.
# Settings come as variables. No program reads the rest of the script: main's standard input is empty.
set -euo pipefail
umask 077
export DEBIAN_FRONTEND=noninteractive

# One at a time on a host: a call that was killed leaves its script running here, and that is waited for.
alone() {
    exec 9>/run/lab-store.lock
    flock 9
}

# fail TEXT: say why, as the last line, and give up.
fail() {
    echo "$*" >&2
    exit 1
}

# install_packages PACKAGE...: from apt, unless all are there; what a killed run left half installed is mended first.
install_packages() {
    local there
    there=$(dpkg-query --show --showformat='${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed || true)
    [ "$there" -eq $# ] && return
    (
        umask 022
        dpkg --configure --pending
        apt-get --quiet=2 update
        apt-get --quiet=2 --yes --fix-broken install
        apt-get --quiet=2 --yes --no-install-recommends -o Dpkg::Options::=--force-confold install "$@"
    ) >/dev/null
}

# put OWNER MODE FILE: make standard input that file, in one step, unless it is already. $STAMP goes before a file
# changes: what runs with the older one is restarted, by this call or the next.
put() {
    local draft=$3.new
    cat > "$draft"
    chown "$1" "$draft"
    chmod "$2" "$draft"
    if cmp --quiet "$draft" "$3"; then
        rm "$draft"
    else
        rm -f "${STAMP:-}"
        mv "$draft" "$3"
    fi
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "$what did not answer in time"
        sleep 0.3
    done
}

# tell NAME FILE...: print JSON of names and what the files hold.
tell() {
    python3 -c '
import json, sys
words = iter(sys.argv[1:])
print(json.dumps({name: open(path).read().strip() for name, path in zip(words, words)}))' "$@"
}
