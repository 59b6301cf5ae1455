"""Measures deployments against the same work by hand, against the least it can cost, and against themselves."""
