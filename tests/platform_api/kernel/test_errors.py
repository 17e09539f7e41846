import pytest

from platform_api.kernel import errors


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (errors.AppError, "error", 400),
        (errors.NotAuthenticated, "auth.required", 401),
        (errors.Refused, "refused", 403),
        (errors.NotFound, "not_found", 404),
        (errors.Conflict, "conflict", 409),
        (errors.Gone, "gone", 410),
        (errors.TooMany, "too_many", 429),
        (errors.Unavailable, "unavailable", 503),
    ],
)
def test_each_kind_has_its_code_and_status(kind: type[errors.AppError], code: str, status: int) -> None:
    error = kind()

    assert (error.code, error.status_hint) == (code, status)


def test_code_status_and_parameters_may_be_said() -> None:
    error = errors.TooMany("auth.locked", status_hint=423, params={"minutes": 15}, retry_after_s=900)

    assert (error.code, error.status_hint, error.params) == ("auth.locked", 423, {"minutes": 15})
    assert error.retry_after_s == 900
    assert errors.TooMany().code == "too_many"


def test_an_error_carries_no_prose() -> None:
    assert str(errors.NotFound(params={"name": "王建国"})) == "not_found"
