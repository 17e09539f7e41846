"""When a job is tried again, and what is said of a failure."""

import pytest

from platform_api.jobs.rules import WorkerSettings, code_of, reason_of, retry_delay
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.sentences import Language

SETTINGS = WorkerSettings(retry_delay_s=10, retry_max_s=100)


def test_the_pause_doubles_up_to_its_limit() -> None:
    assert [retry_delay(SETTINGS, attempt, 1.0) for attempt in (1, 2, 3, 4, 5, 10_000)] == [
        10,
        20,
        40,
        80,
        100,
        100,
    ]


@pytest.mark.parametrize("attempt", [1, 2, 7])
def test_chance_leaves_between_half_and_all_of_a_pause(attempt: int) -> None:
    whole = retry_delay(SETTINGS, attempt, 1.0)

    assert retry_delay(SETTINGS, attempt, 0.0) == whole / 2
    assert retry_delay(SETTINGS, attempt, 0.5) == whole * 0.75


def test_a_failure_is_known_by_a_code_that_quotes_nothing() -> None:
    assert code_of(Unavailable("media.away")) == "media.away"
    assert code_of(ValueError("张三 110101199001011234")) == "fault.ValueError"
    assert code_of(BaseExceptionGroup("both", [KeyError("张三"), ValueError()])) == "fault.KeyError"


def test_a_person_reads_why_in_their_own_language() -> None:
    assert reason_of(None, Language.EN) is None
    assert reason_of("fault.TranscodeFailed", Language.ZH_CN) == "处理时出错（TranscodeFailed）。"
    assert (
        reason_of("jobs.worker_killed", Language.EN)
        == "The worker broke off several times in the middle of it."
    )
