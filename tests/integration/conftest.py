"""Fixtures of tests over more than one package."""

from tests.support.platform import build_town, cluster, database, database_name, town

__all__ = ["build_town", "cluster", "database", "database_name", "town"]
