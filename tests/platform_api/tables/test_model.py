"""A table that is declared wrongly refuses the start."""

from dataclasses import replace
from typing import Any

import pytest

from platform_api.app import DOMAINS, lists_of
from platform_api.kernel.sentences import Language
from platform_api.kernel.sentences import table as sentences
from platform_api.search import SearchColumns
from platform_api.tables import Column, ColumnType, DataClass, Masking, Sort, Table
from platform_api.tables.model import MASKED_FROM, TableWrong
from tests.support.people_list import PEOPLE

LISTS = [*lists_of(DOMAINS), PEOPLE]


def column(**more: Any) -> Column:
    return Column(**{"name": "x", "type": ColumnType.TEXT, "level": DataClass.OPEN, **more})


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"name": "x; DROP"}, "no identifier"),
        ({"name": "X"}, "no identifier"),
        ({"sort_by": "a.b"}, "no identifier"),
        ({"shown_by": "1"}, "no identifier"),
        ({"name": "age"}, "a column twice"),
        ({"sql_type": "text; DROP"}, "is no text; DROP"),
        ({"search": SearchColumns(), "filterable": True}, "names its finder"),
        ({"level": DataClass.CARE}, "not masked"),
        ({"type": ColumnType.NUMBER, "masking": Masking.NAME}, "only words are masked"),
        ({"type": ColumnType.NUMBER, "sql_type": "numeric", "filterable": True}, "numeric"),
        ({"type": ColumnType.ENUM}, "names no options"),
        ({"type": ColumnType.SEALED}, "names its context"),
        (
            {"type": ColumnType.SEALED, "context": "x:{key}", "filterable": True},
            "found by a blind index",
        ),
    ],
)
def test_SC_01_PR_08_a_wrong_column_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(TableWrong, match=why):
        replace(PEOPLE, columns=(*PEOPLE.columns, column(**more)))


@pytest.mark.parametrize(
    "more",
    [{"source": "people p"}, {"key": "1"}, {"base": "x y"}, {"organisation": "o;"}, {"key_type": "json"}],
)
def test_SC_01_a_wrong_relation_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(TableWrong):
        replace(PEOPLE, **more)


def test_a_table_is_sorted_by_one_of_its_columns() -> None:
    for name in ("nothing", "phone"):
        with pytest.raises(TableWrong, match="not sortable"):
            replace(PEOPLE, sort=Sort(column=name))


@pytest.mark.parametrize("table", LISTS, ids=lambda table: table.name)
def test_PR_08_every_column_has_a_class_and_what_names_a_patient_is_masked(table: Table) -> None:
    for each in table.columns:
        assert each.level in DataClass
        assert each.level < MASKED_FROM or each.masking is not None


@pytest.mark.parametrize("table", lists_of(DOMAINS), ids=lambda table: table.name)
def test_every_label_has_its_words_in_both_languages(table: Table) -> None:
    for language in Language:
        words = sentences(language)
        for each in table.columns:
            codes = [table.label_of(each), *(table.label_of(each, option) for option in each.options)]
            assert [code for code in (table.label, *codes) if code not in words] == []
