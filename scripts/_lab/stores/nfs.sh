# shellcheck shell=bash
# An NFS server with one exported directory.
# Settings: DIRECTORY, SUBNET.
main() {
    alone
    install_packages nfs-kernel-server
    install -d -m 0755 "$DIRECTORY" /etc/exports.d
    # Glance's user writes as itself, and the deployer, who is root, makes its directory.
    put root:root 0644 /etc/exports.d/lab.exports <<<"$DIRECTORY $SUBNET(rw,sync,no_subtree_check,no_root_squash)"
    systemctl --quiet enable nfs-server
    systemctl start nfs-server
    exportfs -ra
    exportfs | grep --word-regexp "$DIRECTORY" >/dev/null || fail "the NFS server does not export $DIRECTORY"
    echo '{}'
}
