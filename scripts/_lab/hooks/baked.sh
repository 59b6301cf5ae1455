#!/bin/sh
# mmdebstrap customize hook: puts the archives of Glance and all it needs where the host's apt finds them.
set -eu
rm -f "$1"/var/cache/apt/archives/*.deb
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet --quiet --yes --download-only install glance
