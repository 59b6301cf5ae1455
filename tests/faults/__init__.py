"""Faults made on purpose, on hosts of the lab: see README.md beside this file."""
