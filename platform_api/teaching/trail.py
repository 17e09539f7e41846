"""What of sessions goes into the audit trail, said once (AD-01)."""

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Transaction
from platform_api.teaching.model import Asker, Session


def note(
    trail: AuditTrail,
    transaction: Transaction,
    tag: Tag,
    asker: Asker,
    session: Session,
    **details: str | int,
) -> None:
    """An entry about a session, kept with the transaction; never its texts."""
    trail.note(
        transaction,
        Entry(
            tag=tag,
            who=who(asker, session),
            target_kind="session",
            target=session.id,
            details={"state": session.state.value, **details},
        ),
    )


def who(asker: Asker, session: Session) -> Who:
    """The asker; a guest acts for the session's organisation."""
    return Who(
        subject=asker.subject,
        name=asker.name,
        organisation=asker.organisation or session.organisation,
        address=asker.address,
    )
