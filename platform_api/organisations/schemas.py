"""Shapes of the tree's requests and answers."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from platform_api.http import Id, Moment, PageQuery, Shape, Text
from platform_api.identity.model import OrganisationKind
from platform_api.organisations.model import (
    Change,
    ChangeKind,
    Code,
    Draft,
    Found,
    MergeForecast,
    MoveForecast,
    Node,
    Shown,
    Step,
)
from platform_api.organisations.regions import Region, region_path

RegionCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$")]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]
MAX_ALIASES = 20
MAX_CODES = 20
Alias = Annotated[Text, Field(min_length=1, max_length=120)]
Aliases = Annotated[list[Alias], Field(max_length=MAX_ALIASES)]


class CodeShape(Shape):
    """A code at an authority: `uscc` (checked), `licence`, `insurance`, `reporting`, or one by its name."""

    authority: Annotated[Text, Field(min_length=1, max_length=40)]
    code: Annotated[Text, Field(min_length=1, max_length=60)]


class OrganisationWording(Shape):
    """What is said of an organisation."""

    name: Annotated[Text, Field(min_length=1, max_length=120)]
    kind: OrganisationKind
    region_code: RegionCode = ""
    short_name: Annotated[Text, Field(max_length=60)] = ""
    aliases: Aliases = Field(default_factory=list)
    codes: Annotated[list[CodeShape], Field(max_length=MAX_CODES)] = Field(default_factory=list)


class OrganisationDraft(OrganisationWording):
    """A new organisation below another."""

    parent: Id


class OrganisationChange(OrganisationWording):
    """Other words for an organisation, as it was read in this version."""

    version: Annotated[int, Field(ge=1)]
    reason: Annotated[Text, Field(max_length=500)] = ""


class MoveDraft(Shape):
    """Below which organisation, and why."""

    parent: Id
    reason: Reason


class MergeDraft(Shape):
    """Into which organisation, and why."""

    into: Id
    reason: Reason


class ReasonDraft(Shape):
    """Why."""

    reason: Reason


class ChildrenQuery(PageQuery):
    """Below which organisation; without one the asker's own node."""

    parent: Id | None = None
    closed: bool = False


class TopQuery(Shape):
    """How many of those below, and whether closed ones too."""

    closed: bool = False
    limit: int = Field(default=50, ge=1, le=200)


class SearchQuery(Shape):
    """Words, sounds or a code; without them those that stand highest."""

    q: Annotated[Text, Field(max_length=60)] = ""
    limit: int = Field(default=30, ge=1, le=100)


class CodeQuery(CodeShape):
    """A code at an authority."""


class ParentQuery(Shape):
    """Below which organisation it would stand."""

    parent: Id


class IntoQuery(Shape):
    """Into which organisation it would go."""

    into: Id


class RegionQuery(Shape):
    """What lies directly below a code; without one the provinces."""

    above: Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")] = ""


class RegionItem(Shape):
    """A region of GB/T 2260."""

    code: str
    name: str


class RegionList(Shape):
    """Regions in order of their codes."""

    items: list[RegionItem]


class StepView(Shape):
    """One of those above."""

    id: Id
    name: str


class OrganisationView(Shape):
    """An organisation in its place."""

    id: Id
    parent: Id | None
    name: str
    kind: OrganisationKind
    region_code: str
    short_name: str
    version: int
    closed: bool
    merged_into: Id | None
    children: int
    closed_children: int


class TopView(Shape):
    """The asker's own node with those directly below it; the cursor goes on as that of its children does."""

    own: OrganisationView
    below: list[OrganisationView]
    next_cursor: str | None


class FoundView(Shape):
    """An organisation that was found, with the way down to it."""

    organisation: OrganisationView
    path: list[StepView]


class FoundList(Shape):
    """What was found, the best first."""

    items: list[FoundView]


class CodeView(CodeShape):
    """A code; `origin`: whose it was before a merger."""

    origin: Id | None


class OrganisationPage(Shape):
    """An organisation with all that is known of it."""

    organisation: OrganisationView
    aliases: list[str]
    codes: list[CodeView]
    regions: list[RegionItem]
    path: list[StepView]
    merged_into_name: str | None
    closed_at: Moment | None
    own: bool


class MoveForecastView(Shape):
    """What a move would take along."""

    organisation: OrganisationView
    before: list[StepView]
    after: list[StepView]
    organisations: int
    users: int
    names: list[str]


class HoldingView(Shape):
    """How many rows of one kind are owned."""

    what: str
    count: int


class MergeForecastView(Shape):
    """What a merger would put under the other."""

    source: OrganisationView
    target: OrganisationView
    holdings: list[HoldingView]
    children: list[str]
    codes: list[CodeView]
    same_names: list[str]


class ChangeView(Shape):
    """One line of the history."""

    id: Id
    kind: ChangeKind
    at: Moment
    actor_name: str
    reason: str
    before: dict[str, str | list[str] | None]
    after: dict[str, str | list[str] | None]


def draft_of(wording: OrganisationWording) -> Draft:
    """What was sent, as the service takes it."""
    return Draft(
        name=wording.name,
        kind=wording.kind,
        region_code=wording.region_code,
        short_name=wording.short_name,
        aliases=tuple(wording.aliases),
        codes=tuple(Code(authority=code.authority, code=code.code) for code in wording.codes),
    )


def organisation_view(node: Node) -> OrganisationView:
    """An organisation as shown."""
    return OrganisationView(
        id=node.id,
        parent=node.parent,
        name=node.name,
        kind=node.kind,
        region_code=node.region_code,
        short_name=node.short_name,
        version=node.version,
        closed=not node.is_open,
        merged_into=node.merged_into,
        children=node.children,
        closed_children=node.closed_children,
    )


def organisation_page(shown: Shown) -> OrganisationPage:
    """An organisation's page as shown."""
    return OrganisationPage(
        organisation=organisation_view(shown.node),
        aliases=list(shown.node.aliases),
        codes=_codes(shown.codes),
        regions=region_items(region_path(shown.node.region_code)),
        path=_steps(shown.path),
        merged_into_name=shown.merged_into_name,
        closed_at=shown.node.closed_at,
        own=shown.is_own,
    )


def found_view(found: Found) -> FoundView:
    """A find as shown."""
    return FoundView(organisation=organisation_view(found.node), path=_steps(found.path))


def move_forecast_view(forecast: MoveForecast) -> MoveForecastView:
    """A forecast as shown."""
    return MoveForecastView(
        organisation=organisation_view(forecast.node),
        before=_steps(forecast.before),
        after=_steps(forecast.after),
        organisations=forecast.organisations,
        users=forecast.users,
        names=list(forecast.names),
    )


def merge_forecast_view(forecast: MergeForecast) -> MergeForecastView:
    """A forecast as shown."""
    return MergeForecastView(
        source=organisation_view(forecast.source),
        target=organisation_view(forecast.target),
        holdings=[HoldingView(what=each.what, count=each.count) for each in forecast.holdings],
        children=list(forecast.children),
        codes=_codes(forecast.codes),
        same_names=list(forecast.same_names),
    )


def change_view(change: Change) -> ChangeView:
    """A line of the history as shown."""
    return ChangeView(
        id=change.id,
        kind=change.kind,
        at=change.at,
        actor_name=change.actor_name,
        reason=change.reason,
        before=dict(change.before),
        after=dict(change.after),
    )


def region_items(regions: Sequence[Region]) -> list[RegionItem]:
    """Regions as shown."""
    return [RegionItem(code=region.code, name=region.name) for region in regions]


def _steps(steps: Sequence[Step]) -> list[StepView]:
    return [StepView(id=step.id, name=step.name) for step in steps]


def _codes(codes: Sequence[Code]) -> list[CodeView]:
    return [CodeView(authority=code.authority, code=code.code, origin=code.origin) for code in codes]
