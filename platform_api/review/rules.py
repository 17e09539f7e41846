"""Pure decisions of reviews: which act leads where, who may do it, at which levels, and what differs.

A review begins as a draft. Handed in, it stands before the first level; each level returns it with remarks
or approves it, and the last approval locks it. Locked it opens again when somebody asks with a reason and
another person grants it; then it is changed and handed in anew. An act that `MOVES` does not list is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from platform_api.http import Asker
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import UserId
from platform_api.review.model import (
    Act,
    Difference,
    Level,
    LevelName,
    LevelRule,
    Node,
    Review,
    ReviewAct,
    ReviewState,
    Rights,
)

MOVES: Final[Mapping[tuple[ReviewState, ReviewAct], ReviewState]] = {
    (ReviewState.DRAFT, ReviewAct.SUBMIT): ReviewState.SUBMITTED,
    (ReviewState.RETURNED, ReviewAct.SUBMIT): ReviewState.SUBMITTED,
    (ReviewState.UNLOCKED, ReviewAct.SUBMIT): ReviewState.SUBMITTED,
    (ReviewState.SUBMITTED, ReviewAct.TAKE_BACK): ReviewState.DRAFT,
    (ReviewState.SUBMITTED, ReviewAct.RETURN): ReviewState.RETURNED,
    (ReviewState.SUBMITTED, ReviewAct.APPROVE): ReviewState.SUBMITTED,
    (ReviewState.SUBMITTED, ReviewAct.LOCK): ReviewState.LOCKED,
    (ReviewState.LOCKED, ReviewAct.ASK_UNLOCK): ReviewState.UNLOCK_ASKED,
    (ReviewState.UNLOCK_ASKED, ReviewAct.REFUSE_UNLOCK): ReviewState.LOCKED,
    (ReviewState.UNLOCK_ASKED, ReviewAct.UNLOCK): ReviewState.UNLOCKED,
}
OPEN: Final = frozenset({ReviewState.DRAFT, ReviewState.RETURNED, ReviewState.UNLOCKED})
"""States in which what is reviewed may be changed."""

RIGHT: Final[Mapping[ReviewAct, str]] = {
    ReviewAct.SUBMIT: "submit",
    ReviewAct.TAKE_BACK: "take_back",
    ReviewAct.RETURN: "decide",
    ReviewAct.APPROVE: "decide",
    ReviewAct.LOCK: "decide",
    ReviewAct.ASK_UNLOCK: "ask_unlock",
    ReviewAct.REFUSE_UNLOCK: "unlock",
    ReviewAct.UNLOCK: "unlock",
}
"""Which of the `Rights` an act needs."""
KINDS: Final = frozenset(level.value for level in LevelName)
OFFICE: Final = "office"


def moved(state: ReviewState, act: ReviewAct) -> ReviewState:
    """Where an act leads; raises Conflict for one that is not possible now."""
    found = MOVES.get((state, act))
    if found is None:
        raise Conflict("review.wrong_state", params={"state": state.value})
    return found


def meant(review: Review, act: Act) -> Act:
    """The act by what it is now: an approval of the last level locks. Raises Conflict for an old version."""
    if act.version is not None and act.version != review.version:
        raise Conflict("review.other_version")
    last = review.state is ReviewState.SUBMITTED and review.place >= len(review.levels) - 1
    return replace(act, act=ReviewAct.LOCK) if act.act is ReviewAct.APPROVE and last else act


def moved_by(review: Review, act: Act, user: UserId, now: datetime, levels: tuple[Level, ...]) -> Review:
    """The review as it stands after somebody's act; `levels` are those of now."""
    after = replace(review, state=moved(review.state, act.act), unlock_asked_by=None, unlock_reason=None)
    match act.act:
        case ReviewAct.SUBMIT:
            return replace(
                after,
                version=review.version + 1,
                levels=levels,
                place=0,
                submitted_by=user,
                submitted_at=now,
                approved_by=(),
            )
        case ReviewAct.APPROVE:
            return replace(after, place=review.place + 1, approved_by=(*review.approved_by, user))
        case ReviewAct.LOCK:
            return replace(after, approved_by=(*review.approved_by, user))
        case ReviewAct.ASK_UNLOCK:
            return replace(after, unlock_asked_by=user, unlock_reason=act.note)
        case _:
            return after


def rights(review: Review, writes: bool, asker: Asker) -> Rights:
    """What the asker may do now, who `writes` it or not; nobody decides on the own or on it twice."""
    submitted = review.state is ReviewState.SUBMITTED
    own = review.submitted_by == asker.subject
    at_last = bool(review.levels) and _stands_at(review, len(review.levels) - 1, asker)
    return Rights(
        submit=writes and review.state in OPEN,
        take_back=submitted and own and review.place == 0,
        decide=submitted
        and not own
        and asker.subject not in review.approved_by
        and _stands_at(review, review.place, asker),
        ask_unlock=review.state is ReviewState.LOCKED and (writes or at_last),
        unlock=review.state is ReviewState.UNLOCK_ASKED
        and at_last
        and review.unlock_asked_by != asker.subject,
    )


def _stands_at(review: Review, place: int, asker: Asker) -> bool:
    return review.reached[place] and asker.holds(review.levels[place].permission)


def level_of(node: Node) -> LevelName | None:
    """Which level an organisation is: by its kind, an office by the digits of its region (GB/T 2260)."""
    if node.kind in KINDS:
        return LevelName(node.kind)
    if node.kind != OFFICE:
        return None
    code = node.region_code[:6].ljust(6, "0")
    if code == "000000":
        return LevelName.NATION
    if code.endswith("0000"):
        return LevelName.PROVINCE
    return LevelName.CITY if code.endswith("00") else LevelName.COUNTY


def levels_of(rules: Sequence[LevelRule], way_up: Sequence[Node]) -> tuple[Level, ...]:
    """The levels of one review: the nearest organisation of each; a level that is not there does not look.

    `way_up` begins with the organisation that hands in. If no level is there, that organisation looks itself.
    """
    found = [(rule, node) for rule in rules if (node := _nearest(rule.level, way_up)) is not None]
    if not found and rules:
        found = [(rules[0], way_up[0])]
    return tuple(
        Level(level=rule.level, permission=rule.permission, organisation=node.id, organisation_name=node.name)
        for rule, node in found
    )


def _nearest(level: LevelName, way_up: Sequence[Node]) -> Node | None:
    """The nearest of a level; an office stands for its place above all hospitals, where nothing else does."""
    if level is LevelName.OWN:
        return way_up[0]
    of_kind = next((node for node in way_up if node.kind == level.value), None)
    if of_kind is not None:
        return of_kind
    houses = [place for place, node in enumerate(way_up) if node.kind == LevelName.HOSPITAL.value]
    outside = way_up[max(houses, default=-1) + 1 :]
    return next((node for node in outside if level_of(node) is level), None)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What is not as it was, by field; one in a group is written `group.field`, in a list `list.0`."""
    old, new = dict(_leaves("", before)), dict(_leaves("", after))
    return tuple(
        Difference(field=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(f"{prefix}.{place}", inner)
    elif prefix:
        yield prefix, value


def check_remarks(remarks: Mapping[str, str], content: Mapping[str, Any]) -> None:
    """Raises Conflict for a remark at a field that is not there."""
    names = {name for name, _ in _leaves("", content)} | set(content)
    unknown = next((name for name in remarks if name not in names), None)
    if unknown is not None:
        raise Conflict("review.field_unknown", params={"field": unknown})
