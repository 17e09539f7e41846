from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import OrganisationId, RecordingId, SessionId, UserId
from platform_api.kernel.rooms import Role
from platform_api.teaching.model import (
    LIVE,
    TRANSITIONS,
    Asker,
    BodyPart,
    Form,
    Move,
    Plan,
    RecordingRow,
    Session,
    SessionState,
    Visibility,
)
from platform_api.teaching.rules import (
    after,
    check_consent,
    identity_field,
    may,
    may_see,
    room_role,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE, THERE = OrganisationId("here"), OrganisationId("there")
EVERYDAY = frozenset({"sessions.view"})

PLAN = Plan(
    title="胃角早癌 ESD",
    hospital="省肿瘤医院",
    starts_at=NOW,
    planned_minutes=60,
    case_summary="男，61 岁，胃角凹陷 15 mm",
    form=Form.ESD,
    body_part=BodyPart.STOMACH,
    visibility=Visibility.ORGANISATION,
    consent_reference="C-2081",
)
SESSION = Session(
    id=SessionId("s1"),
    organisation=HERE,
    expert=UserId("expert"),
    expert_name="王建国",
    plan=PLAN,
    state=SessionState.PLANNED,
    created_at=NOW,
)
RECORDING = RecordingRow(
    id=RecordingId("rec"),
    session=SESSION.id,
    organisation=HERE,
    state="complete",
    duration_ms=1000,
    chapters=1,
)


def user(name: str, organisation: OrganisationId = HERE, *permissions: str) -> Asker:
    return Asker(
        at=NOW,
        subject=name,
        name=name,
        organisation=organisation,
        user=UserId(name),
        permissions=EVERYDAY | set(permissions),
    )


def session_with(**changes: object) -> Session:
    plan_names = {"visibility", "recorded", "consent_reference"}
    plan = replace(PLAN, **{key: value for key, value in changes.items() if key in plan_names})  # type: ignore[arg-type]
    rest = {key: value for key, value in changes.items() if key not in plan_names}
    return replace(SESSION, plan=plan, **rest)  # type: ignore[arg-type]


EXPERT = user("expert", HERE, "sessions.plan")
OFFICE = user("office", HERE, "sessions.moderate")
COLLEAGUE = user("colleague")
FOREIGNER = user("foreigner", THERE)
FOREIGN_OFFICE = user("foreign-office", THERE, "sessions.moderate")
GUEST = Asker(
    at=NOW, subject="guest", name="张涛", organisation=None, guest_of=SESSION.id, guest_is_commentator=True
)
STRANGE_GUEST = replace(GUEST, guest_of=SessionId("other"))


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("move", Move)
def test_a_move_follows_the_table_or_is_refused(state: SessionState, move: Move) -> None:
    expected = TRANSITIONS.get((state, move))

    if expected is not None:
        assert after(state, move) is expected
        return
    with pytest.raises(Conflict) as caught:
        after(state, move)
    assert caught.value.code.startswith("session.")


def test_nothing_leads_out_of_an_end_or_a_cancellation() -> None:
    assert not {state for state, _ in TRANSITIONS} & {SessionState.ENDED, SessionState.CANCELLED}


@pytest.mark.parametrize(
    ("state", "move", "code"),
    [
        (SessionState.ENDED, Move.OPEN, "session.ended"),
        (SessionState.CANCELLED, Move.OPEN, "session.cancelled"),
        (SessionState.PLANNED, Move.END, "session.not_open"),
        (SessionState.ON_AIR, Move.CANCEL, "session.wrong_state"),
    ],
)
def test_a_refusal_says_what_the_session_is(state: SessionState, move: Move, code: str) -> None:
    with pytest.raises(Conflict) as caught:
        after(state, move)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("visibility", "seen_by", "hidden_from"),
    [
        (Visibility.ORGANISATION, (EXPERT, OFFICE, COLLEAGUE, GUEST), (FOREIGNER, FOREIGN_OFFICE)),
        (Visibility.EVERYONE_SIGNED_IN, (EXPERT, OFFICE, COLLEAGUE, FOREIGNER, GUEST), (STRANGE_GUEST,)),
        (Visibility.INVITED, (EXPERT, OFFICE, GUEST), (COLLEAGUE, FOREIGNER, FOREIGN_OFFICE, STRANGE_GUEST)),
    ],
)
def test_visibility_decides_for_whom_a_session_exists(
    visibility: Visibility, seen_by: tuple[Asker, ...], hidden_from: tuple[Asker, ...]
) -> None:
    session = session_with(visibility=visibility)

    assert [asker.name for asker in seen_by if not may_see(session, asker)] == []
    assert [asker.name for asker in hidden_from if may_see(session, asker)] == []


def test_one_whom_a_link_let_in_sees_it_from_another_organisation_until_the_link_ends() -> None:
    shared = {"visibility": Visibility.INVITED, "admitted_until": NOW + timedelta(hours=1)}

    assert may_see(session_with(**shared), FOREIGNER)
    assert not may_see(session_with(**shared), replace(FOREIGNER, at=NOW + timedelta(hours=1)))


def test_without_the_permission_to_view_nothing_is_seen() -> None:
    assert not may_see(SESSION, replace(COLLEAGUE, permissions=frozenset()))


@pytest.mark.parametrize("state", SessionState)
def test_only_expert_and_office_run_a_session_and_only_in_its_state(state: SessionState) -> None:
    session = session_with(state=state, recording=RECORDING)

    for asker in (EXPERT, OFFICE):
        allowed = may(session, asker)
        assert allowed.edit is allowed.open is (state is SessionState.PLANNED)
        assert allowed.end is (state in LIVE)
        assert allowed.moderate
    for asker in (COLLEAGUE, FOREIGNER, FOREIGN_OFFICE, GUEST):
        allowed = may(session, asker)
        assert (allowed.edit, allowed.open, allowed.end, allowed.moderate) == (False,) * 4


def test_an_expert_who_lost_the_permission_to_plan_no_longer_runs_the_session() -> None:
    assert not may(SESSION, user("expert")).open


def test_joining_and_replay_go_with_state_and_recording() -> None:
    live = session_with(state=SessionState.ON_AIR)
    held = session_with(state=SessionState.ENDED, recording=RECORDING)

    assert may(live, COLLEAGUE).join
    assert not may(live, COLLEAGUE).replay
    assert may(held, COLLEAGUE).replay
    assert not may(held, COLLEAGUE).join
    assert not may(session_with(state=SessionState.ENDED), COLLEAGUE).replay
    assert not may(held, FOREIGNER).replay


def test_the_seat_follows_from_who_one_is_in_this_session() -> None:
    assert room_role(SESSION, EXPERT) is Role.HOST
    assert room_role(SESSION, GUEST) is Role.COMMENTATOR
    assert room_role(SESSION, STRANGE_GUEST) is Role.VIEWER
    assert room_role(SESSION, replace(GUEST, guest_is_commentator=False)) is Role.VIEWER
    assert room_role(SESSION, OFFICE) is Role.VIEWER


@pytest.mark.parametrize("reference", [None, "", "   "])
def test_PR_01_a_recorded_session_without_consent_is_refused(reference: str | None) -> None:
    with pytest.raises(Conflict) as caught:
        check_consent(replace(PLAN, consent_reference=reference))
    assert caught.value.code == "consent.missing"

    check_consent(replace(PLAN, consent_reference=reference, recorded=False))
    check_consent(PLAN)


@pytest.mark.parametrize("name", ["title", "hospital", "case_summary"])
def test_the_field_that_holds_an_identity_is_named(name: str) -> None:
    assert identity_field(replace(PLAN, **{name: "联系 13812345678"})) == name  # type: ignore[arg-type]
    assert identity_field(PLAN) is None
