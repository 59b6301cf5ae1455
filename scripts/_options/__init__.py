"""Learns from every release of Glance which options it knows, and merges that into the role's table."""
