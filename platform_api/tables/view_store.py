"""All SQL of saved views."""

from typing import Any

from platform_api.db import Record, Transaction
from platform_api.tables.model import Filter, Operator, Question, SavedView, Sort

MAX_LISTED = 200


async def of_table(transaction: Transaction, table: str) -> list[SavedView]:
    """Those that row-level rules show of this list, by name."""
    rows = await transaction.fetch(
        "SELECT * FROM table_views WHERE table_name = $1 "
        "AND (owner = scopecast_actor() OR (shared AND organisation_id = scopecast_organisation())) "
        "ORDER BY name, id LIMIT $2",
        table,
        MAX_LISTED,
    )
    return [_view(row) for row in rows]


async def count_own(transaction: Transaction, owner: str, table: str) -> int:
    return int(
        await transaction.fetchval(
            "SELECT count(*) FROM table_views WHERE owner = $1 AND table_name = $2", owner, table
        )
    )


async def keep(transaction: Transaction, view: SavedView) -> str:
    """Adds the view, or changes the owner's view of this name; gives its id."""
    return str(
        await transaction.fetchval(
            "INSERT INTO table_views (id, organisation_id, owner, owner_name, table_name, name, shared, "
            "settings, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) "
            "ON CONFLICT (owner, table_name, name) DO UPDATE "
            "SET shared = excluded.shared, settings = excluded.settings, changed_at = excluded.changed_at "
            "RETURNING id",
            view.id,
            view.organisation,
            view.owner,
            view.owner_name,
            view.table,
            view.name,
            view.shared,
            settings_of(view.question),
            view.changed_at,
        )
    )


async def remove(transaction: Transaction, view: str, owner: str, table: str) -> bool:
    """Whether there was such a view of this owner."""
    removed = await transaction.execute(
        "DELETE FROM table_views WHERE id = $1 AND owner = $2 AND table_name = $3", view, owner, table
    )
    return removed == 1


def settings_of(question: Question) -> dict[str, Any]:
    """A question as it is kept: what it asks, not where it stands."""
    return {
        "columns": list(question.columns),
        "filters": [[each.column, each.operator.value, list(each.values)] for each in question.filters],
        "text": question.text,
        "sort": None if question.sort is None else [question.sort.column, question.sort.descending],
    }


def question_of(settings: dict[str, Any]) -> Question:
    """The question that was kept."""
    sort = settings["sort"]
    return Question(
        columns=tuple(settings["columns"]),
        filters=tuple(
            Filter(column=column, operator=Operator(operator), values=tuple(values))
            for column, operator, values in settings["filters"]
        ),
        text=settings["text"],
        sort=None if sort is None else Sort(column=sort[0], descending=sort[1]),
    )


def _view(row: Record) -> SavedView:
    return SavedView(
        id=row["id"],
        organisation=row["organisation_id"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        table=row["table_name"],
        name=row["name"],
        shared=row["shared"],
        question=question_of(row["settings"]),
        changed_at=row["changed_at"],
    )
