"""The clinic of the lists' tests, with somebody to write its exports."""

from tests.platform_api.tables.conftest import clinic

__all__ = ["clinic"]
