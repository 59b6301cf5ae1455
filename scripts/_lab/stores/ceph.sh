# shellcheck shell=bash
# Ceph in one piece: one monitor, one manager, one OSD on a sparse file, one pool, one user.
# Settings: ADDRESS, POOL, OSD_BYTES.
readonly CONF=/etc/ceph/ceph.conf
readonly ADMIN=/etc/ceph/ceph.client.admin.keyring
readonly CLIENT=/etc/ceph/ceph.client.glance.keyring

# Decided once: the cluster's identity, and that of its OSD.
identity() {
    local file=$1
    [ -s "$file" ] || put ceph:ceph 0600 "$file" </proc/sys/kernel/random/uuid
    cat "$file"
}

configure() {
    put root:root 0644 "$CONF" <<CONF
[global]
fsid = $1
mon host = $ADDRESS
mon initial members = $NAME
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
# One copy, on one host, on a disk that others fill as well.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
osd objectstore = bluestore
bluestore block create = true
bluestore block size = $OSD_BYTES
# The least that it accepts.
osd memory target = 939524096
CONF
}

# keyring FILE ENTITY CAPS...: a new key in a file of its own, unless there is one.
keyring() {
    local file=$1 entity=$2
    shift 2
    [ -s "$file" ] && return
    ceph-authtool --create-keyring "$file.new" --gen-key --name "$entity" "$@" >/dev/null
    mv "$file.new" "$file"
}

# Each daemon's directory is made anew until `done` says that it is whole; it has never run before that.
monitor() {
    local home=/var/lib/ceph/mon/ceph-$NAME keys=$LAB/mon.keyring map=$LAB/monmap
    keyring "$ADMIN" client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    if [ ! -e "$home/done" ]; then
        rm -rf "$home" "$keys"
        install -d -o ceph -g ceph -m 0750 "$home"
        keyring "$keys" mon. --cap mon 'allow *'
        ceph-authtool "$keys" --import-keyring "$ADMIN" >/dev/null
        monmaptool --create --clobber --fsid "$1" \
            --addv "$NAME" "[v2:$ADDRESS:3300,v1:$ADDRESS:6789]" "$map" >/dev/null
        chown ceph:ceph "$keys" "$map"
        ceph-mon --mkfs --id "$NAME" --monmap "$map" --keyring "$keys" --setuser ceph --setgroup ceph >/dev/null
        rm "$keys" "$map"
        touch "$home/done"
    fi
    serve ceph-mon "$NAME"
    wait_for 60 'The monitor' timeout 10 ceph --status
}

manager() {
    local home=/var/lib/ceph/mgr/ceph-$NAME
    install -d -o ceph -g ceph -m 0750 "$home"
    ceph auth get-or-create "mgr.$NAME" mon 'allow profile mgr' osd 'allow *' mds 'allow *' |
        put ceph:ceph 0600 "$home/keyring"
    serve ceph-mgr "$NAME"
}

osd() {
    local home=/var/lib/ceph/osd/ceph-0 uuid
    uuid=$(identity "$LAB/osd-uuid")
    if [ ! -e "$home/done" ]; then
        rm -rf "$home"
        install -d -o ceph -g ceph -m 0750 "$home"
        ceph osd new "$uuid" >/dev/null
        ceph auth get-or-create osd.0 mon 'allow profile osd' mgr 'allow profile osd' osd 'allow *' |
            put ceph:ceph 0600 "$home/keyring"
        ceph-osd --mkfs --id 0 --osd-uuid "$uuid" --setuser ceph --setgroup ceph >"$LAB/mkfs.log" 2>&1 ||
            fail "$(tail -n 1 "$LAB/mkfs.log")"
        touch "$home/done"
    fi
    serve ceph-osd 0
    wait_for 60 'The OSD' osd_is_up
}

osd_is_up() { ceph osd stat | grep ' 1 up' >/dev/null; }

# systemd refuses a unit that failed too often, whatever has been mended since.
serve() {
    systemctl --quiet enable "$1@$2" 2>/dev/null
    systemctl is-active --quiet "$1@$2" || systemctl reset-failed "$1@$2" 2>/dev/null || true
    systemctl start "$1@$2"
}

# The key is kept in the file: a user that somebody removed comes back with the same one.
pool_and_user() {
    ceph osd pool ls | grep --line-regexp "$POOL" >/dev/null || ceph osd pool create "$POOL" 8 >/dev/null 2>&1
    ceph osd pool application get "$POOL" 2>/dev/null | grep '"rbd"' >/dev/null || rbd pool init "$POOL"
    keyring "$CLIENT" client.glance --cap mon 'profile rbd' --cap osd "profile rbd pool=$POOL" \
        --cap mgr "profile rbd pool=$POOL"
    ceph auth import --in-file "$CLIENT" 2>/dev/null
}

main() {
    alone
    install_packages ceph-mon ceph-mgr ceph-osd ceph-common python3-rbd
    # It comes along, fails on every host without NVMe, and would leave the host degraded.
    if systemctl is-enabled --quiet nvmf-autoconnect 2>/dev/null; then
        systemctl --quiet disable nvmf-autoconnect 2>/dev/null
        systemctl reset-failed nvmf-autoconnect 2>/dev/null || true
    fi
    NAME=$(hostname --short)
    LAB=/var/lib/ceph/lab
    install -d -o ceph -g ceph -m 0700 "$LAB"
    configure "$(identity "$LAB/fsid")"
    monitor "$(identity "$LAB/fsid")"
    manager
    osd
    pool_and_user
    ceph-authtool "$CLIENT" --print-key --name client.glance | put root:root 0600 "$LAB/glance.key"
    tell fsid "$LAB/fsid" key "$LAB/glance.key"
}
