#!/bin/sh
# Takes Glance off a host that has everything, so that what is left is a cloud that never had one.
set -e
. /root/admin-openrc
export DEBIAN_FRONTEND=noninteractive
systemctl disable --quiet --now glance-api
apt-get purge -yq 'glance*' 'python3-glance-store' > /dev/null
apt-get autoremove -yq --purge > /dev/null
mysql -e "DROP DATABASE glance; DROP USER 'glance'@'localhost'; DROP USER 'glance'@'%'"
for endpoint in $(openstack endpoint list --service image -f value -c ID); do openstack endpoint delete "$endpoint"; done
openstack service delete glance
openstack user delete glance
rm -rf /etc/glance /var/lib/glance /var/log/glance /var/lib/glance-deploy/*glance* /var/backups/glance-deploy/*glance*
rm -rf /etc/systemd/system/glance-api.service.d /var/lib/glance-deploy/known-good/glance-api.json /run/glance-deploy/glance-api.json
systemctl daemon-reload
