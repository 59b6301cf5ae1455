#!/bin/sh
# Two images of somebody's own, of different size and kind, one of them with properties, tags and a member.
set -e
. /root/admin-openrc
head -c 5000001 /dev/urandom > /tmp/large.raw
qemu-img create -q -f qcow2 /tmp/small.qcow2 20M
openstack image create large --file /tmp/large.raw --disk-format raw --container-format bare --shared \
    --property os_distro=debian --tag precious > /dev/null
openstack image create small --file /tmp/small.qcow2 --disk-format qcow2 --container-format bare --public > /dev/null
openstack image add project large service > /dev/null
rm /tmp/large.raw /tmp/small.qcow2
