"""Questions and discussions as a list: found by words, chosen by what they are about, ordered by heat."""

from typing import Final

from platform_api.qa.model import QuestionKind, QuestionScene, QuestionState, QuestionTopic
from platform_api.qa.rules import MODERATE, VIEW
from platform_api.search import SearchColumns
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table
from platform_api.teaching import BodyPart

RULED_BY: Final = ("organisation_id", "visibility", "seen_from", "session_id", "asker_id", "hidden_at")
WORDS: Final = (
    Column(
        name="kind",
        type=ColumnType.ENUM,
        level=DataClass.INTERNAL,
        options=tuple(kind.value for kind in QuestionKind),
        index="questions_topic_new_idx",
        filterable=True,
    ),
    Column(name="title", type=ColumnType.TEXT, level=DataClass.LIMITED),
    Column(name="excerpt", type=ColumnType.TEXT, level=DataClass.LIMITED),
    Column(
        name="asker_id",
        type=ColumnType.REFERENCE,
        level=DataClass.LIMITED,
        shown_by="asker_name",
        index="questions_asker_idx",
        filterable=True,
    ),
    Column(name="organisation_name", type=ColumnType.TEXT, level=DataClass.INTERNAL, nullable=True),
)
CHOICES: Final = (
    Column(
        name="topic",
        type=ColumnType.ENUM,
        level=DataClass.INTERNAL,
        options=tuple(topic.value for topic in QuestionTopic),
        filterable=True,
    ),
    Column(
        name="body_part",
        type=ColumnType.ENUM,
        level=DataClass.INTERNAL,
        options=tuple(part.value for part in BodyPart),
        nullable=True,
        filterable=True,
    ),
    Column(
        name="scene",
        type=ColumnType.ENUM,
        level=DataClass.INTERNAL,
        options=tuple(scene.value for scene in QuestionScene),
        filterable=True,
    ),
    Column(
        name="state",
        type=ColumnType.ENUM,
        level=DataClass.INTERNAL,
        options=tuple(state.value for state in QuestionState),
        filterable=True,
    ),
    Column(
        name="session_id",
        type=ColumnType.REFERENCE,
        level=DataClass.INTERNAL,
        nullable=True,
        filterable=True,
        shown=False,
    ),
    Column(
        name="followed",
        type=ColumnType.BOOLEAN,
        level=DataClass.LIMITED,
        among="own_question_follows",
        filterable=True,
        shown=False,
    ),
    Column(
        name="invited",
        type=ColumnType.BOOLEAN,
        level=DataClass.LIMITED,
        among="own_question_invitations",
        filterable=True,
        shown=False,
    ),
)
FIGURES: Final = (
    Column(
        name="files",
        type=ColumnType.NUMBER,
        level=DataClass.INTERNAL,
        sql_type="integer",
        filterable=True,
    ),
    Column(
        name="answers",
        type=ColumnType.NUMBER,
        level=DataClass.INTERNAL,
        sql_type="integer",
        sortable=True,
    ),
    Column(name="likes", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
    Column(name="heat", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sortable=True, shown=False),
    Column(
        name="asked_at",
        type=ColumnType.TIME,
        level=DataClass.INTERNAL,
        sortable=True,
        filterable=True,
    ),
    Column(name="opens_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True),
    Column(name="closes_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True),
)
QUESTIONS: Final = Table(
    name="questions",
    source="question_rows",
    base="questions",
    permission=VIEW,
    large=True,
    ruled_by=RULED_BY,
    open_by=("open", MODERATE),
    search=SearchColumns(finder="question_places_found", place="place"),
    sort=Sort(column="asked_at", descending=True),
    columns=(*WORDS, *CHOICES, *FIGURES),
)
