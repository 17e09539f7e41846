"""Fixtures of the tests of the whole."""

from tests.support.platform import build_town, cluster, database, database_name, town

__all__ = ["build_town", "cluster", "database", "database_name", "town"]
