"""What of questions goes into the audit trail, said once (AD-01)."""

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Transaction
from platform_api.http import Asker
from platform_api.qa.model import SUBJECT, Question


def note(
    trail: AuditTrail,
    transaction: Transaction,
    tag: Tag,
    asker: Asker,
    address: str,
    question: Question,
    **details: str,
) -> None:
    """An entry about a question, kept with the transaction; never its texts."""
    entry = Entry(
        tag=tag,
        who=Who.of(asker, address),
        target_kind=SUBJECT,
        target=question.id,
        details={"organisation": question.organisation, **details},
    )
    trail.note(transaction, entry)
