"""What stands below what, which codes can be right, what the regions say."""

import pytest

from platform_api.identity.model import OrganisationKind as Kind
from platform_api.organisations import rules
from platform_api.organisations.errors import CodeInvalid, Misplaced, RegionUnknown
from platform_api.organisations.model import Code, Draft
from platform_api.organisations.regions import region_name, region_path, regions_below


@pytest.mark.parametrize(
    ("kind", "above", "stands"),
    [
        (Kind.PROVINCE, Kind.NATION, True),
        (Kind.NATION, None, True),
        (Kind.NATION, Kind.PROVINCE, False),
        (Kind.COUNTY, Kind.CITY, True),
        (Kind.CITY, Kind.COUNTY, False),
        (Kind.HOSPITAL, Kind.HOSPITAL, True),
        (Kind.HOSPITAL, Kind.DEPARTMENT, False),
        (Kind.DEPARTMENT, Kind.DEPARTMENT, True),
        (Kind.DEPARTMENT, Kind.CITY, False),
    ],
)
def test_a_kind_stands_where_the_table_says(kind: Kind, above: Kind | None, stands: bool) -> None:
    if stands:
        rules.check_place(kind, above)
    else:
        with pytest.raises(Misplaced):
            rules.check_place(kind, above)


def test_every_kind_has_its_line() -> None:
    assert set(rules.MAY_STAND_BELOW) == set(Kind)


@pytest.mark.parametrize(("body", "check"), [("91350100M000100Y4", "3"), ("91512081MA62K0260", "E")])
def test_a_credit_code_is_checked_as_the_standard_says(body: str, check: str) -> None:
    kept = rules.code_as_kept(Code(authority="uscc", code=f" {body[:8].lower()} {body[8:]}{check}"))
    assert kept == body + check
    for wrong in (f"{body}Z", body, f"{body}{check}0", f"{'I' + body[1:]}{check}"):
        with pytest.raises(CodeInvalid):
            rules.code_as_kept(Code(authority="uscc", code=wrong))
    assert rules.code_as_kept(Code(authority="licence", code=f"{body}Z")) == f"{body}Z"


def test_regions_are_those_of_the_standard() -> None:
    assert len(regions_below("")) == 34
    assert [step.name for step in region_path("510104")] == ["四川省", "成都市", "锦江区"]
    assert "371100" not in {region.code for region in regions_below("371000")}
    assert {"429004", "420100"} <= {region.code for region in regions_below("420000")}
    assert "420102" not in {region.code for region in regions_below("420000")}
    assert {region.code[:4] for region in regions_below("500000")} <= {"5001", "5002"}
    assert regions_below("510104") == ()
    assert region_name("510104001001") == "锦江区"
    assert region_name("999999") is None
    assert region_name("5101") is None


def test_a_region_that_was_there_may_stay_and_no_other_unknown_one_comes() -> None:
    retired = Draft(name="县医院", kind=Kind.HOSPITAL, region_code="370202999")

    assert (
        rules.check_draft(Draft(name="a", kind=Kind.HOSPITAL, region_code="510100")).region_code == "510100"
    )
    with pytest.raises(RegionUnknown):
        rules.check_draft(Draft(name="a", kind=Kind.HOSPITAL, region_code="999999"))
    gone = Draft(name="a", kind=Kind.HOSPITAL, region_code="999999")
    assert rules.check_draft(gone, region_before="999999") == gone
    assert rules.check_draft(retired).region_code == retired.region_code
