"""All SQL of summaries of discussions; SQL of one idea beside `store`."""

from datetime import datetime

from platform_api.db import Transaction
from platform_api.kernel.ids import UserId
from platform_api.qa.model import Question, QuestionId, Summary, SummaryTexts


async def get(transaction: Transaction, question: QuestionId) -> Summary | None:
    """The summary, as far as the row rules show it."""
    row = await transaction.fetchrow("SELECT * FROM discussion_summaries WHERE question_id = $1", question)
    if row is None:
        return None
    return Summary(
        texts=SummaryTexts(
            overview=row["overview"],
            consensus=row["consensus"],
            open_points=row["open_points"],
            advice=row["advice"],
        ),
        author_name=row["written_by_name"],
        written_at=row["written_at"],
    )


async def write(
    transaction: Transaction, question: Question, texts: SummaryTexts, *, by: UserId, name: str, at: datetime
) -> None:
    """The texts anew; the database refuses it while they are under review or locked."""
    await transaction.execute(
        "INSERT INTO discussion_summaries (question_id, organisation_id, overview, consensus, open_points, "
        "advice, written_by, written_by_name, written_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (question_id) DO UPDATE SET overview = excluded.overview, "
        "consensus = excluded.consensus, open_points = excluded.open_points, advice = excluded.advice, "
        "written_by = excluded.written_by, written_by_name = excluded.written_by_name, "
        "written_at = excluded.written_at",
        question.id,
        question.organisation,
        texts.overview,
        texts.consensus,
        texts.open_points,
        texts.advice,
        by,
        name,
        at,
    )
