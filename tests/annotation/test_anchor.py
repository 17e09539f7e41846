import pytest

from annotation.anchor import parse_sheet, sheet_of
from annotation.errors import SheetUnknown
from annotation.model import Target
from tests.support.marks import BOARD, LIVE, STILL


@pytest.mark.parametrize(
    ("target", "sheet"), [(LIVE, "live:p1.scope"), (STILL, "still:still-0001"), (BOARD, "board:page-1")]
)
def test_a_target_names_its_sheet_and_back(target: Target, sheet: str) -> None:
    assert sheet_of(target) == sheet
    assert ":".join(parse_sheet(sheet)) == sheet


def test_all_moments_of_a_live_picture_are_one_sheet() -> None:
    later = LIVE.model_copy(update={"capture_ms": 99_000.0})

    assert sheet_of(later) == sheet_of(LIVE)


@pytest.mark.parametrize("sheet", ["", "live", "live:", "wall:1", ":x"])
def test_a_name_that_is_no_sheet_is_refused(sheet: str) -> None:
    with pytest.raises(SheetUnknown):
        parse_sheet(sheet)
