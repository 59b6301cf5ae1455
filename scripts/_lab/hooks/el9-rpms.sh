#!/bin/sh
# mmdebstrap customize hook: builds the RPMs of an EL-like host in its root file system ($1).
set -eu
root=$1

# This machine's way to PyPI is lent for as long as this takes.
mkdir -p "$root/etc/xdg/pip"
mount --bind "$LAB_PYPI" "$root/etc/xdg/pip"
trap 'umount "$root/etc/xdg/pip"; rmdir "$root/etc/xdg/pip"' EXIT

cp -r "${0%/*}/el9" "$root/root/"
# The environment stays outside: it names files that are not in there.
chroot "$root" env --ignore-environment HOME=/root PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 sh /root/el9/build.sh
rm -r "$root/root/el9" "$root/root/rpmbuild"
