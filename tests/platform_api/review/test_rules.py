"""The machine of reviews, its levels and its differences, without a database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from platform_api.http import Asker
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.review.model import (
    Act,
    Level,
    LevelName,
    LevelRule,
    Node,
    Review,
    ReviewAct,
    ReviewId,
    ReviewState,
)
from platform_api.review.rules import (
    MOVES,
    OPEN,
    RIGHT,
    check_remarks,
    differences,
    level_of,
    levels_of,
    meant,
    moved,
    moved_by,
    rights,
)

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PEOPLE = ("author", "other", "hospital", "county", "province")
LEVELS = tuple(
    Level(
        level=LevelName(name),
        permission=f"review.{name}",
        organisation=OrganisationId(name),
        organisation_name=name,
    )
    for name in ("hospital", "county", "province")
)
HOLDS = {
    "author": {"review.hospital", "review.county", "review.province"},
    "other": {"review.hospital", "review.county", "review.province"},
    "hospital": {"review.hospital"},
    "county": {"review.county"},
    "province": {"review.province"},
}


def asker(name: str) -> Asker:
    return Asker(
        subject=name,
        name=name,
        login="login",
        organisation=OrganisationId("hospital"),
        permissions=frozenset(HOLDS[name]),
    )


class ReviewMachine(RuleBasedStateMachine):
    """Anybody tries anything; what succeeds must keep four eyes and every level."""

    def __init__(self) -> None:
        super().__init__()
        self.review = Review(
            id=ReviewId("1"),
            organisation=OrganisationId("hospital"),
            kind="test.thing",
            subject="2",
            state=ReviewState.DRAFT,
            version=0,
            levels=(),
            place=0,
        )
        self.words, self.handed_in = "a", "a"
        self.approvals: list[str] = []
        self.asked_by: str | None = None

    @rule(words=st.sampled_from("abc"))
    def change(self, words: str) -> None:
        if self.review.state in OPEN:
            self.words = words

    @rule(
        person=st.sampled_from(PEOPLE), act=st.sampled_from(ReviewAct), seen=st.sampled_from((None, 0, 1, 2))
    )
    def try_to(self, person: str, act: ReviewAct, seen: int | None) -> None:
        before = self.review
        before = replace(before, reached=tuple(True for _ in before.levels))
        try:
            tried = meant(before, Act(act=act, version=seen, note="reason"))
            moved(before.state, tried.act)
        except Conflict:
            assert (before.state, act) not in MOVES or seen not in (None, before.version)
            return
        allowed = rights(before, person in ("author", "other"), asker(person))
        if not getattr(allowed, RIGHT[tried.act]):
            return
        if act is ReviewAct.LOCK and before.place < len(before.levels) - 1:
            return  # no route sends it: an approval becomes it at the last level alone
        self.review = moved_by(before, tried, UserId(person), NOW, LEVELS)
        self.follow(person, tried.act)

    def follow(self, person: str, act: ReviewAct) -> None:
        match act:
            case ReviewAct.SUBMIT:
                self.approvals, self.handed_in = [], self.words
            case ReviewAct.APPROVE | ReviewAct.LOCK:
                assert person != self.review.submitted_by
                self.approvals.append(person)
            case ReviewAct.ASK_UNLOCK:
                self.asked_by = person
            case ReviewAct.UNLOCK | ReviewAct.REFUSE_UNLOCK:
                assert person != self.asked_by
            case _:
                pass

    @precondition(lambda self: self.review.state not in OPEN)
    @invariant()
    def nothing_changes_while_it_is_looked_at(self) -> None:
        assert self.words == self.handed_in

    @precondition(lambda self: self.review.state in (ReviewState.LOCKED, ReviewState.UNLOCK_ASKED))
    @invariant()
    def locked_means_each_level_by_another_person(self) -> None:
        assert len(self.approvals) == len(set(self.approvals)) == len(LEVELS)
        assert self.review.submitted_by not in self.approvals
        assert tuple(self.approvals) == self.review.approved_by

    @invariant()
    def the_place_is_one_of_the_levels(self) -> None:
        assert self.review.place == 0 or self.review.place < len(self.review.levels)
        assert (self.review.state is ReviewState.UNLOCK_ASKED) == (self.review.unlock_asked_by is not None)


TestAZ05ReviewMachine = ReviewMachine.TestCase  # AZ-05 in spirit: 10 000 steps, no illegal state
TestAZ05ReviewMachine.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, derandomize=True
)


def test_AZ_05_every_move_is_listed_and_every_other_refused() -> None:
    assert len(MOVES) == 10
    for state in ReviewState:
        for act in ReviewAct:
            if (state, act) in MOVES:
                assert moved(state, act) is MOVES[state, act]
            else:
                with pytest.raises(Conflict, match=r"review\.wrong_state"):
                    moved(state, act)


HOSPITAL = Node(id=OrganisationId("h"), name="甲县医院", kind="hospital", region_code="510124")
COUNTY = Node(id=OrganisationId("c"), name="甲县卫健局", kind="office", region_code="510124")
CITY = Node(id=OrganisationId("s"), name="市卫健委", kind="office", region_code="510100")
PROVINCE = Node(id=OrganisationId("p"), name="省卫健委", kind="office", region_code="510000")
NATION = Node(id=OrganisationId("n"), name="国家癌症中心", kind="office", region_code="")
ALL = [HOSPITAL, COUNTY, CITY, PROVINCE, NATION]


def test_a_level_is_known_by_the_kind_and_the_region() -> None:
    assert [level_of(node) for node in ALL] == ["hospital", "county", "city", "province", "nation"]
    assert level_of(replace(HOSPITAL, kind="university")) is None


def test_levels_stand_at_the_nearest_organisation_and_missing_ones_do_not_look() -> None:
    lines = [
        LevelRule(level=level, permission="x.review")
        for level in (LevelName.HOSPITAL, LevelName.COUNTY, LevelName.CITY, LevelName.PROVINCE)
    ]

    assert [level.organisation for level in levels_of(lines, ALL)] == ["h", "c", "s", "p"]
    assert [level.organisation for level in levels_of(lines, [HOSPITAL, PROVINCE])] == ["h", "p"]
    own_office = replace(COUNTY, id=OrganisationId("inside"))
    place = replace(COUNTY, id=OrganisationId("place"), kind="county")
    way_up = [own_office, HOSPITAL, COUNTY, place, PROVINCE]
    assert [level.organisation for level in levels_of(lines, way_up)] == ["h", "place", "p"]
    without_place = [own_office, HOSPITAL, COUNTY]
    assert [level.organisation for level in levels_of(lines, without_place)] == ["h", "c"]
    university = replace(HOSPITAL, kind="university")
    assert [level.organisation for level in levels_of(lines, [university])] == ["h"]
    assert levels_of([LevelRule(level=LevelName.OWN, permission="x.review")], ALL)[0].organisation == "h"


def test_differences_name_fields_in_groups_and_lists() -> None:
    before = {"name": "a", "size": {"mm": 15}, "list": ["x", "y"], "same": 1}
    after = {"name": "b", "size": {"mm": 18, "depth": "sm1"}, "list": ["x"], "same": 1}

    found = {each.field: (each.before, each.after) for each in differences(before, after)}

    assert found == {
        "name": ("a", "b"),
        "size.mm": (15, 18),
        "size.depth": (None, "sm1"),
        "list.1": ("y", None),
    }
    assert differences(before, before) == ()


def test_remarks_stand_at_fields_that_are_there() -> None:
    content = {"size": {"mm": 15}, "empty": {}}

    check_remarks({"size": "which side?", "size.mm": "too small", "empty": "missing"}, content)
    with pytest.raises(Conflict, match=r"review\.field_unknown"):
        check_remarks({"weight": "?"}, content)
