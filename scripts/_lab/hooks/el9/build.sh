#!/bin/sh
# Runs in the root file system of an EL-like host: builds its RPMs, their repository /srv/rpms and the empty /srv/crb.
set -eu
cd "${0%/*}"

build() {
    # Without a name rpm asks the network for it, each time.
    rpmbuild --quiet -bb --define '_buildhost lab' "$@"
}

python3 -m venv /opt/openstack-glance
/opt/openstack-glance/bin/pip --quiet --disable-pip-version-check install --require-hashes --requirement glance.lock
build --define '_rpmdir /srv/rpms' openstack-glance.spec
build --define '_rpmdir /srv/rpms' centos-release-openstack-epoxy.spec
for name in python3-PyMySQL python3-memcached python3-openstackclient python3-openstacksdk openstack-selinux; do
    build --define '_rpmdir /srv/rpms' --define "package $name" empty.spec
done
mkdir /srv/crb
createrepo_c --quiet /srv/rpms
createrepo_c --quiet /srv/crb

# From here on the package database is rpm's. It begins with what says what Debian has put there.
build --define '_rpmdir .' centos-stream-release.spec
mkdir -p /etc/rpm
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
rpm --install noarch/centos-stream-release-*.rpm

export DEBIAN_FRONTEND=noninteractive
apt-get --quiet=2 --yes --option=Dpkg::Use-Pty=0 purge --auto-remove createrepo-c >/dev/null
