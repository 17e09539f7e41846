"""Values of the model as shapes of the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from platform_api.files.service import file_url
from platform_api.identity import Invitation
from platform_api.sharing import Share
from platform_api.teaching.model import Asker, Session
from platform_api.teaching.rules import may
from platform_api.teaching.schemas import (
    CommentatorItem,
    MayItem,
    RecordingOfSession,
    SessionItem,
    SharedSession,
    ShareItem,
)
from platform_api.teaching.service import Shown

InvitationState = Literal["invited", "redeemed", "revoked", "expired"]


def session_item(shown: Shown, asker: Asker) -> SessionItem:
    """The session as this asker sees it."""
    session, allowed = shown.session, may(shown.session, asker)
    plan, recording = session.plan, session.recording
    return SessionItem.model_validate(
        {
            **{name: getattr(plan, name) for name in SHOWN_OF_PLAN},
            **{name: getattr(session, name) for name in SHOWN_OF_SESSION},
            "consent_reference": plan.consent_reference if allowed.moderate else None,
            "viewers": shown.viewers,
            "comments": shown.comments,
            "duration_ms": recording.duration_ms if recording and recording.duration_ms else None,
            "chapters": recording.chapters if recording else 0,
            "still_url": file_url(session.still) if session.still else None,
            "recording": recording_of(session),
            "may": MayItem(**asdict(allowed)),
        }
    )


SHOWN_OF_PLAN = (
    "title",
    "hospital",
    "starts_at",
    "planned_minutes",
    "case_summary",
    "form",
    "body_part",
    "visibility",
    "recorded",
)
SHOWN_OF_SESSION = (
    "id",
    "room",
    "expert_name",
    "opened_at",
    "on_air_at",
    "ended_at",
    "state",
    "likes",
    "liked",
    "position_ms",
)


def recording_of(session: Session) -> RecordingOfSession | None:
    """The recording as lists show it."""
    recording = session.recording
    if recording is None:
        return None
    return RecordingOfSession.model_validate(
        {"id": recording.id, "state": recording.state, "duration_ms": recording.duration_ms}
    )


def shared_session(session: Session) -> SharedSession:
    """What a link's holder is told before it is opened."""
    return SharedSession(
        title=session.plan.title,
        expert_name=session.expert_name,
        starts_at=session.plan.starts_at,
        state=session.state,
    )


def share_item(share: Share) -> ShareItem:
    """A link without its secrets."""
    return ShareItem(
        id=share.id,
        created_at=share.created_at,
        expires_at=share.expires_at,
        revoked=share.revoked_at is not None,
    )


def commentator_item(invitation: Invitation, now: datetime) -> CommentatorItem:
    """An invitation without its codes, as it is at this moment."""
    return CommentatorItem(
        id=invitation.id,
        name=invitation.name,
        title=invitation.title,
        hospital=invitation.hospital,
        state=_state(invitation, now),
        expires_at=invitation.expires_at,
    )


def _state(invitation: Invitation, now: datetime) -> InvitationState:
    if invitation.revoked_at is not None:
        return "revoked"
    if invitation.redeemed_at is not None:
        return "redeemed"
    return "expired" if invitation.expires_at <= now else "invited"
