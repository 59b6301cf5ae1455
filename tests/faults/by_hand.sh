#!/bin/sh
# Glance as the installation guide has a person type it, on a host that already runs MariaDB, memcached and Keystone, and
# two images in it. What a deploy finds here it must adopt without losing a byte.
set -e
. /root/admin-openrc
export DEBIAN_FRONTEND=noninteractive
# MariaDB and memcached listen on loopback only, and eventlet's resolver takes any line that names a host.
sed 's/[[:space:]]controller$//' /etc/hosts > /run/hosts.new
echo "127.0.0.1 controller" >> /run/hosts.new
cat /run/hosts.new > /etc/hosts

# The guide's own words from here on, with its own passwords.
mysql -e "CREATE DATABASE glance;
  GRANT ALL PRIVILEGES ON glance.* TO 'glance'@'localhost' IDENTIFIED BY 'GLANCE_DBPASS';
  GRANT ALL PRIVILEGES ON glance.* TO 'glance'@'%' IDENTIFIED BY 'GLANCE_DBPASS';"
openstack project show service > /dev/null 2>&1 || openstack project create --domain default service > /dev/null
openstack user create --domain default --password GLANCE_PASS glance > /dev/null
openstack role add --project service --user glance admin
openstack service create --name glance --description "OpenStack Image" image > /dev/null
for interface in public internal admin; do
    openstack endpoint create --region RegionOne image $interface http://controller:9292 > /dev/null
done
apt-get install -yq glance > /dev/null 2>&1
python3 - <<'PY'
import configparser

path = "/etc/glance/glance-api.conf"
conf = configparser.RawConfigParser(strict=False)
conf.read(path)
wanted = {
    "database": {"connection": "mysql+pymysql://glance:GLANCE_DBPASS@controller/glance"},
    "keystone_authtoken": {
        "www_authenticate_uri": "http://controller:5000",
        "auth_url": "http://controller:5000",
        "memcached_servers": "controller:11211",
        "auth_type": "password",
        "project_domain_name": "Default",
        "user_domain_name": "Default",
        "project_name": "service",
        "username": "glance",
        "password": "GLANCE_PASS",
        "region_name": "RegionOne",
    },
    "paste_deploy": {"flavor": "keystone"},
    "glance_store": {
        "stores": "file,http",
        "default_store": "file",
        "filesystem_store_datadir": "/var/lib/glance/images/",
    },
}
for section, options in wanted.items():
    if not conf.has_section(section):
        conf.add_section(section)
    for key, value in options.items():
        conf.set(section, key, value)
with open(path, "w") as file:
    conf.write(file)
PY
su -s /bin/sh -c "glance-manage db_sync" glance > /dev/null 2>&1
systemctl enable glance-api > /dev/null 2>&1
systemctl restart glance-api
timeout 120 sh -c 'until curl -sf http://controller:9292/healthcheck > /dev/null 2>&1 ||
    python3 -c "import urllib.request as u; u.urlopen(\"http://controller:9292/healthcheck\")" 2> /dev/null; do sleep 0.3; done'
