"""Holds the public variables of the roles against the tests that say which of them they prove."""
