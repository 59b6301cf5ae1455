#!/bin/sh
# Runs on a host that carries MariaDB, memcached and Keystone, before it is kept as an image.
set -eu
. /root/admin-openrc
export DEBIAN_FRONTEND=noninteractive

# What a person installs Glance with, beside the archives of Glance itself.
apt-get --quiet=2 --yes --no-install-recommends install python3-openstackclient qemu-utils bc >/dev/null
apt-get --quiet=2 --yes --no-install-recommends --download-only install glance >/dev/null

openstack project show service >/dev/null 2>&1 || openstack project create --domain default service >/dev/null
mariadb --execute "GRANT ALL PRIVILEGES ON *.* TO 'dbadmin'@'%' IDENTIFIED BY 'lab-dbadmin' WITH GRANT OPTION"

systemctl stop keystone mariadb memcached
# Every host of this image is another machine.
: > /etc/machine-id
rm -rf /root/.ansible /var/log/journal/* /run/log/journal/* /tmp/* /var/tmp/*
truncate --size 0 /var/log/keystone/*.log
