# shellcheck shell=bash
# Swift in one piece: one replica in a plain directory, one proxy with TempAuth and the S3 API, one container.
# Settings: KEY (of user glance:glance), CONTAINER, KEYSTONE (URL, or empty), KEYSTONE_PASSWORD.
readonly SERVICES=(memcached swift-account swift-container swift-object swift-proxy)
# Says that all of it answered with the files as they are.
readonly STAMP=/var/lib/swift/lab-started

# Account, container and object servers are reached from this host alone.
storage_server() {
    local kind=$1 port=$2 builder=/etc/swift/$1.builder ring=/etc/swift/$1.ring.gz
    put root:swift 0640 "/etc/swift/$kind-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
devices = /srv/node
mount_check = false
workers = 1
# The machine's disk is shared: Swift would refuse to write when one percent of it is left.
fallocate_reserve = 0

[pipeline:main]
pipeline = $kind-server

[app:$kind-server]
use = egg:swift#$kind
CONF
    if [ ! -s "$ring" ]; then
        rm -f "$STAMP" "$builder"
        swift-ring-builder "$builder" create 6 1 1 >/dev/null
        swift-ring-builder "$builder" add --region 1 --zone 1 --ip 127.0.0.1 --port "$port" --device d1 \
            --weight 1 >/dev/null
        swift-ring-builder "$builder" rebalance >/dev/null
    fi
    chgrp swift "$ring"
    chmod 0640 "$ring"
}

# Two ways in side by side: TempAuth's accounts are AUTH_*, Keystone's KEY_*. TempAuth comes last: it leaves alone what
# is not its own, keystoneauth does not.
proxy_server() {
    local before='catch_errors gatekeeper healthcheck cache listing_formats bulk s3api'
    local after='tempauth copy container-quotas account-quotas slo dlo versioned_writes proxy-server'
    put swift:swift 0600 /etc/swift/proxy-server.conf <<CONF
[DEFAULT]
bind_ip = 0.0.0.0
bind_port = 8080
workers = 2

[pipeline:main]
pipeline = $before${KEYSTONE:+ authtoken keystoneauth} $after

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true

[filter:tempauth]
use = egg:swift#tempauth
reseller_prefix = AUTH
user_glance_glance = $KEY .admin

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
$(keystone_filters)
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:11211
$(for filter in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo versioned_writes; do
    printf '\n[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter"
done)

[filter:container-quotas]
use = egg:swift#container_quotas

[filter:account-quotas]
use = egg:swift#account_quotas
CONF
}

keystone_filters() {
    [ -n "$KEYSTONE" ] || return 0
    cat <<CONF

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = $KEYSTONE
auth_url = $KEYSTONE
auth_type = password
username = swift
password = $KEYSTONE_PASSWORD
project_name = service
user_domain_id = default
project_domain_id = default
delay_auth_decision = true

[filter:keystoneauth]
use = egg:swift#keystoneauth
reseller_prefix = KEY
operator_roles = admin, member
CONF
}

# Only these at boot: there is nothing to replicate or audit, and memory to save. A change of units reloads systemd,
# which takes seconds: all at once, and none when nothing is to change. Masking, unlike disabling, asks no init script.
only_servers() {
    local wanted enabled spare due
    wanted=$(printf '%s.service\n' "${SERVICES[@]}" | sort)
    enabled=$(systemctl list-unit-files --no-legend --state=enabled 'swift-*' memcached.service |
        cut --delimiter ' ' --fields 1 | sort)
    mapfile -t spare < <(comm -13 <(echo "$wanted") <(echo "$enabled") | grep .)
    mapfile -t due < <(comm -23 <(echo "$wanted") <(echo "$enabled"))
    [ ${#spare[@]} -eq 0 ] || systemctl --quiet mask --now "${spare[@]}" 2>/dev/null
    [ ${#due[@]} -eq 0 ] || systemctl --quiet enable "${due[@]}" 2>/dev/null
}

start() {
    # systemd refuses a unit that failed too often, whatever has been mended since.
    systemctl reset-failed "${SERVICES[@]}" 2>/dev/null || true
    [ -e "$STAMP" ] || systemctl restart "${SERVICES[@]}"
    systemctl start "${SERVICES[@]}"
    wait_for 60 'Swift' swift --retries 0 stat
    swift --retries 0 stat "$CONTAINER" >/dev/null 2>&1 || swift post "$CONTAINER"
    [ -e "$STAMP" ] || touch "$STAMP"
}

main() {
    alone
    install_packages swift-proxy swift-account swift-container swift-object memcached python3-swiftclient \
        ${KEYSTONE:+python3-keystonemiddleware}
    install -d -o swift -g swift -m 0755 /srv/node /srv/node/d1
    put root:swift 0640 /etc/swift/swift.conf <<'CONF'
[swift-hash]
swift_hash_path_prefix = lab
swift_hash_path_suffix = lab

[storage-policy:0]
name = one-replica
default = yes
CONF
    storage_server account 6202
    storage_server container 6201
    storage_server object 6200
    proxy_server
    # Variables of this shell that its programs see: no argument ever holds the key.
    export ST_AUTH=http://127.0.0.1:8080/auth/v1.0 ST_USER=glance:glance ST_KEY=$KEY
    only_servers
    start
    echo '{}'
}
