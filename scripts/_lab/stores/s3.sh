# shellcheck shell=bash
# The S3 API of the Ceph on this host (ceph.sh): one gateway, one user, one bucket. Swift's own S3 API will not do: its
# access keys hold a colon, which Glance's driver takes for the end of the key.
# Settings: ADDRESS, PORT, BUCKET.
readonly USER_FILE=/var/lib/ceph/lab/s3-user.json

gateway() {
    local entity=client.rgw.$NAME home=/var/lib/ceph/radosgw/ceph-rgw.$NAME caps
    caps=(mon 'allow rw' osd 'allow rwx' mgr 'allow rw')
    # It makes a handful of pools, which an OSD of ours would otherwise refuse for their many placement groups.
    ceph config set global osd_pool_default_pg_num 4
    ceph config set "$entity" rgw_frontends "beast endpoint=$ADDRESS:$PORT"
    install -d -o ceph -g ceph -m 0750 "$home"
    ceph auth get-or-create "$entity" "${caps[@]}" | put ceph:ceph 0600 "$home/keyring"
    systemctl --quiet enable "ceph-radosgw@rgw.$NAME" 2>/dev/null
    # systemd refuses a unit that failed too often, whatever has been mended since.
    systemctl reset-failed "ceph-radosgw@rgw.$NAME" 2>/dev/null || true
    systemctl start "ceph-radosgw@rgw.$NAME"
    wait_for 60 'The gateway' curl --silent "http://$ADDRESS:$PORT/"
}

# The cluster draws the keys; they are never an argument.
user() {
    radosgw-admin user info --uid glance 2>/dev/null >"$USER_FILE.new" ||
        radosgw-admin user create --uid glance --display-name Glance 2>/dev/null >"$USER_FILE.new"
    mv "$USER_FILE.new" "$USER_FILE"
    for name in access_key secret_key; do
        python3 -c 'import json, sys; print(json.load(sys.stdin)["keys"][0][sys.argv[1]])' "$name" \
            <"$USER_FILE" >"/var/lib/ceph/lab/$name"
    done
}

# curl signs, but does not say the digest of a request without a body.
readonly EMPTY=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

ask() {
    printf 'user = "%s:%s"\n' "$(cat /var/lib/ceph/lab/access_key)" "$(cat /var/lib/ceph/lab/secret_key)" |
        curl --config - --silent --fail --output /dev/null --aws-sigv4 aws:amz:us-east-1:s3 \
            --header "x-amz-content-sha256: $EMPTY" "$@" "http://$ADDRESS:$PORT/$BUCKET"
}

main() {
    alone
    install_packages radosgw curl
    NAME=$(hostname --short)
    gateway
    user
    ask --head || ask --request PUT || fail 'The gateway takes no bucket'
    tell access_key /var/lib/ceph/lab/access_key secret_key /var/lib/ceph/lab/secret_key
}
