"""Request and answer shapes of exports."""

from typing import Annotated

from pydantic import Field

from platform_api.exports.model import MAX_PURPOSE, Export, ExportState, Format
from platform_api.http import Asker, Id, Moment, Shape, Text
from platform_api.kernel.sentences import Language, sentence
from platform_api.tables.schemas import MAX_COLUMNS, Asking, Name
from platform_api.tables.service import Tables


class ExportDraft(Shape):
    """A list to take away, and what for; `opened`: masked columns that are wanted whole, by right."""

    format: Format
    purpose: Annotated[Text, Field(min_length=1, max_length=MAX_PURPOSE)]
    asking: Asking
    opened: list[Name] = Field(default_factory=list, max_length=MAX_COLUMNS)


class Decision(Shape):
    """Agreed or refused; a refusal says why."""

    agreed: bool
    reason: Annotated[Text, Field(max_length=200)] = ""


class ExportItem(Shape):
    """An export as its owner, or who must agree, sees it."""

    id: Id
    reference: str
    table: str
    title: str
    format: Format
    purpose: str
    owner_name: str
    own: bool
    columns: list[str]
    opened: list[str]
    filters: int
    expected: int
    state: ExportState
    rows: int
    size: int
    sha256: str | None
    asked_at: Moment
    decided_name: str | None
    decided_at: Moment | None
    decision_reason: str
    expires_at: Moment | None


def export_item(export: Export, asker: Asker, tables: Tables, language: Language) -> ExportItem:
    """The item of an export, in the words of this language."""
    return ExportItem(
        id=export.id,
        reference=export.reference,
        table=export.table,
        title=sentence(f"table.{export.table}", language),
        format=export.format,
        purpose=export.purpose,
        owner_name=export.owner_name,
        own=export.owner == asker.subject,
        columns=_labels(export.columns, export, tables, language),
        opened=_labels(export.opened, export, tables, language),
        filters=len(export.question.filters) + bool(export.question.text),
        expected=export.expected,
        state=export.state,
        rows=export.rows,
        size=export.size,
        sha256=export.sha256,
        asked_at=export.asked_at,
        decided_name=export.decided_name,
        decided_at=export.decided_at,
        decision_reason=export.decision_reason,
        expires_at=export.expires_at,
    )


def _labels(names: tuple[str, ...], export: Export, tables: Tables, language: Language) -> list[str]:
    table = tables.named(export.table)
    found = [(name, table.column(name) if table else None) for name in names]
    return [
        name if table is None or column is None else sentence(table.label_of(column), language)
        for name, column in found
    ]
