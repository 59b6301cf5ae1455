#!/bin/sh
# mmdebstrap customize hook: makes a Debian host ($1) one that Ansible takes for CentOS Stream 9.
set -eu
root=$1

cat > "$root/usr/lib/os-release" <<'FILE'
NAME="CentOS Stream"
VERSION="9"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="9"
PLATFORM_ID="platform:el9"
PRETTY_NAME="CentOS Stream 9 (lab: Debian underneath)"
FILE
echo 'CentOS Stream release 9' > "$root/etc/redhat-release"
ln -s redhat-release "$root/etc/centos-release"
ln -s redhat-release "$root/etc/system-release"
mkdir -p "$root/etc/sysconfig"
chroot "$root" groupmod --new-name nobody nogroup

cat > "$root/etc/dnf/dnf.conf" <<'FILE'
[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=True
best=True
skip_if_unavailable=False
FILE
mkdir -p "$root/etc/yum.repos.d"
cat > "$root/etc/yum.repos.d/centos.repo" <<'FILE'
[baseos]
name=CentOS Stream 9 - BaseOS (lab: all RPMs that there are)
baseurl=file:///srv/rpms
gpgcheck=0

[crb]
name=CentOS Stream 9 - CRB (lab: empty)
baseurl=file:///srv/crb
gpgcheck=0
enabled=0
FILE
# Debian has all plugins in one package, also those that an EL 9 has not until somebody installs them.
for plugin in local post-transaction-actions versionlock; do
    printf '[main]\nenabled = 0\n' > "$root/etc/dnf/plugins/$plugin.conf"
done
ln -sf dnf-3 "$root/usr/bin/dnf"
ln -sf dnf-3 "$root/usr/bin/yum"
# With what the repository offers a host can be looked at and install at once; no timer asks behind a test's back.
chroot "$root" dnf --quiet makecache
chroot "$root" systemctl --quiet mask dnf-makecache.timer

# Nothing may find Debian's package programs any more. mmdebstrap itself still needs what is in /etc/apt.
rm -r "$root/etc/debian_version" "$root/var/lib/dpkg" "$root"/var/lib/apt/lists/*
rm "$root"/usr/bin/apt* "$root"/usr/bin/dpkg*
