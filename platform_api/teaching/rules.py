"""Pure decisions about sessions: who may do what, which move is allowed, what a text must not hold."""

from typing import Final

from platform_api.kernel.errors import Conflict
from platform_api.kernel.identity_text import holds_identity
from platform_api.kernel.ids import OrganisationId
from platform_api.kernel.rooms import Role
from platform_api.sharing import Share
from platform_api.teaching.model import (
    LIVE,
    TRANSITIONS,
    Asker,
    May,
    Move,
    Plan,
    Session,
    SessionState,
    Visibility,
)

PLAN: Final = "sessions.plan"
VIEW: Final = "sessions.view"
MODERATE: Final = "sessions.moderate"
SHARE: Final = "sessions.share"

REPLAYABLE: Final = frozenset({"complete", "interrupted"})


def after(state: SessionState, move: Move) -> SessionState:
    """The state that this move leads to; raises the refusal that fits the present state."""
    reached = TRANSITIONS.get((state, move))
    if reached is not None:
        return reached
    if state is SessionState.CANCELLED:
        raise Conflict("session.cancelled")
    if state is SessionState.ENDED:
        raise Conflict("session.ended")
    if state is SessionState.PLANNED:
        raise Conflict("session.not_open")
    raise Conflict("session.wrong_state", params={"state": state.value})


def may_see(session: Session, asker: Asker) -> bool:
    """Whether the session exists for this asker at all."""
    if asker.guest_of is not None:
        return asker.guest_of == session.id
    if asker.user is None or VIEW not in asker.permissions:
        return False
    if asker.user == session.expert or _is_admitted(session, asker) or _governs(session, asker):
        return True
    match session.plan.visibility:
        case Visibility.EVERYONE_SIGNED_IN:
            return True
        case Visibility.ORGANISATION:
            return asker.organisation == session.organisation
        case Visibility.INVITED:
            return False


def group_sees(session: Session, organisation: OrganisationId, *, moderators: bool) -> bool:
    """Whether a group of those at an organisation who hold the right see the session without a link."""
    match session.plan.visibility:
        case Visibility.EVERYONE_SIGNED_IN:
            return True
        case Visibility.ORGANISATION:
            return organisation == session.organisation
        case Visibility.INVITED:
            return moderators and organisation == session.organisation


def may(session: Session, asker: Asker) -> May:
    """What the asker may do with a session that they may see."""
    runs = _leads(session, asker)
    seen = may_see(session, asker)
    recording = session.recording
    return May(
        edit=runs and session.state is SessionState.PLANNED,
        open=runs and session.state is SessionState.PLANNED,
        end=runs and session.state in LIVE,
        join=seen and session.state in LIVE,
        replay=seen and recording is not None and session.state is SessionState.ENDED,
        moderate=runs,
    )


def may_withdraw(session: Session, asker: Asker, share: Share) -> bool:
    """Who runs the session, and who made the link, see it and may withdraw it."""
    return may(session, asker).moderate or (asker.user is not None and share.created_by == asker.user)


def room_role(session: Session, asker: Asker) -> Role:
    """The seat that an asker who may see the session takes in its room."""
    if asker.user is not None and asker.user == session.expert:
        return Role.HOST
    if asker.guest_is_commentator and asker.guest_of == session.id:
        return Role.COMMENTATOR
    return Role.VIEWER


def check_consent(plan: Plan) -> None:
    """A session that is recorded needs a reference to the recorded consent (PR-01)."""
    if plan.recorded and not (plan.consent_reference or "").strip():
        raise Conflict("consent.missing")


def identity_field(plan: Plan) -> str | None:
    """The first field of the plan that seems to hold a person's identity."""
    texts = {"title": plan.title, "hospital": plan.hospital, "case_summary": plan.case_summary}
    return next((name for name, text in texts.items() if holds_identity(text)), None)


def _is_admitted(session: Session, asker: Asker) -> bool:
    """Whether a share link that still holds has let the asker in."""
    return session.admitted_until is not None and asker.at < session.admitted_until


def _leads(session: Session, asker: Asker) -> bool:
    return asker.guest_of is None and (
        (asker.user is not None and asker.user == session.expert and PLAN in asker.permissions)
        or _governs(session, asker)
    )


def _governs(session: Session, asker: Asker) -> bool:
    return asker.organisation == session.organisation and MODERATE in asker.permissions
