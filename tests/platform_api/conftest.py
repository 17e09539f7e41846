"""Fixtures of the platform's tests."""

from tests.support.platform import cluster, database, database_name

__all__ = ["cluster", "database", "database_name"]
