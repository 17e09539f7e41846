"""The three duties over HTTP, for the security administrator."""

from typing import Final

from platform_api.audit import Who
from platform_api.http import Call, Id, IdPath, Method, Moment, Permission, Rate, Route, Shape
from platform_api.identity.duties import Duties
from platform_api.identity.errors import DutyApart, DutyHeld, OwnAccount
from platform_api.identity.model import Duty
from platform_api.identity.schemas import AccountView, account_view
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import UserId

GIVE: Final = Permission("duties.give")


class DutyHolderView(Shape):
    """Who holds a duty, and since when."""

    user: Id
    name: str
    username: str
    organisation_name: str
    duty: Duty
    given_at: Moment
    disabled: bool


class DutyList(Shape):
    """All who hold one; `vacant` are those that nobody in the house holds."""

    items: list[DutyHolderView]
    vacant: list[Duty]


class DutyChange(Shape):
    """Which duty."""

    duty: Duty


async def list_duties(call: Call[None, None, None]) -> DutyList:
    """Who holds which duty."""
    duties = call.services.get(Duties)
    found = await duties.holders(call.asker)
    items = [
        DutyHolderView(
            user=each.user,
            name=each.name,
            username=each.username,
            organisation_name=each.organisation_name,
            duty=each.duty,
            given_at=each.given_at,
            disabled=each.disabled,
        )
        for each in found
    ]
    return DutyList(items=items, vacant=await duties.vacant())


async def give_duty(call: Call[IdPath, None, DutyChange]) -> AccountView:
    """Gives a duty to somebody who holds none."""
    duties, user = call.services.get(Duties), UserId(call.path.id)
    return account_view(await duties.appoint(call.asker, user, call.body.duty, Who.calling(call)))


async def end_duty(call: Call[IdPath, None, None]) -> AccountView:
    """Ends the duty of somebody."""
    duties = call.services.get(Duties)
    return account_view(await duties.dismiss(call.asker, UserId(call.path.id), Who.calling(call)))


DUTY_ROUTES = (
    Route(
        Method.GET,
        "/duties",
        list_duties,
        permission=GIVE,
        summary="Who holds which of the three duties",
    ),
    Route(
        Method.PUT,
        "/users/{id}/duty",
        give_duty,
        permission=GIVE,
        summary="Gives one of the three duties to somebody who holds none",
        errors=(NotFound, OwnAccount, DutyHeld, DutyApart),
        rate=Rate(30, 60),
    ),
    Route(
        Method.DELETE,
        "/users/{id}/duty",
        end_duty,
        permission=GIVE,
        summary="Ends somebody's duty",
        errors=(NotFound, OwnAccount),
        rate=Rate(30, 60),
    ),
)
