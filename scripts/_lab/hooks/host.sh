#!/bin/sh
# mmdebstrap customize hook: turns a minimal root file system ($1) into a lab host's.
set -eu
root=$1

# Two ordinary people: one may become root, one may not.
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 deploy
chroot "$root" useradd --create-home --shell /bin/bash --uid 1001 plain
echo 'deploy ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/deploy"
chmod 0440 "$root/etc/sudoers.d/deploy"
echo 'LANG=C.UTF-8' > "$root/etc/default/locale"

# Every host gets its own of these when it is made.
rm -f "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub "$root/etc/resolv.conf"
: > "$root/etc/machine-id"
echo localhost > "$root/etc/hostname"

# Throw-away hosts: speed before safety against power loss, no translations.
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/90lab"
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"

# Some of these settings are not per host: a booting host would change the whole machine's.
mkdir -p "$root/etc/sysctl.d"
for file in "$root"/usr/lib/sysctl.d/*.conf; do
    [ ! -e "$file" ] || ln -sf /dev/null "$root/etc/sysctl.d/${file##*/}"
done

# No console to log in on, and nothing that takes apt's lock behind a test's back.
chroot "$root" systemctl --quiet mask getty.target console-getty.service apt-daily.timer apt-daily-upgrade.timer
