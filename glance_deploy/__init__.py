"""The orchestration behind deploy.py: it starts Ansible, shows what happens and reports; it never changes a host."""

__version__ = "0.1.0"
