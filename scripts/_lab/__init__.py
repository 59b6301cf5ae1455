"""The lab: real Debian hosts (systemd, sshd, apt) as podman containers on this machine."""
