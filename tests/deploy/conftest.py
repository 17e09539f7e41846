"""Fixtures of the tests of the whole."""

from tests.support.platform import cluster, database_name

__all__ = ["cluster", "database_name"]
