#!/bin/sh
# mmdebstrap customize hook: puts the archives of Glance and all it needs where the host's apt finds them.
set -eu
rm -f "$1"/var/cache/apt/archives/*.deb
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet --quiet --yes --download-only install glance
# An unconfigured Keystone starts its workers over and over, and keeps the machine busy; the role enables it.
chroot "$1" systemctl --quiet disable keystone.service
