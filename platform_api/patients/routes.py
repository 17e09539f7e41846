"""The phone code over HTTP."""

from typing import Annotated

from pydantic import AfterValidator, Field

from platform_api.http import PUBLIC, Call, Id, Method, Rate, Route, Shape
from platform_api.http.asker import PATIENT
from platform_api.identity.cookies import keep_refresh
from platform_api.identity.errors import AccountDisabled, AddressTried
from platform_api.identity.schemas import PatientView
from platform_api.identity.visitor import visitor_of
from platform_api.kernel.errors import NotAuthenticated, Unavailable
from platform_api.kernel.identifiers import NumberInvalid, mobile_number
from platform_api.patients.errors import CodeOver, CodeWrong, TooManyCodes
from platform_api.patients.service import PhoneLogin
from platform_api.tables.masks import Masking, masked


def _mobile(typed: str) -> str:
    try:
        return mobile_number(typed)
    except NumberInvalid as error:
        raise ValueError("not a mobile number") from error


class PhoneNumber(Shape):
    """Where the code is to go."""

    phone: Annotated[str, Field(max_length=30), AfterValidator(_mobile)]


class CodeSent(Shape):
    """By which id the code is redeemed; the answer is the same for every number."""

    id: Id


class CodeTyped(Shape):
    """The code that came."""

    id: Id
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class PatientSignedIn(Shape):
    """Tokens and who one is."""

    access_token: str
    refresh_token: str
    expires_in: int
    patient: PatientView


class PatientSelf(Shape):
    """What a patient's own page shows first; the number is masked."""

    phone: str


async def ask_for_code(call: Call[None, None, PhoneNumber]) -> CodeSent:
    """Sends a code to a telephone."""
    code_id = await call.services.get(PhoneLogin).ask(call.body.phone, visitor_of(call))
    return CodeSent(id=code_id)


async def sign_in_by_phone(call: Call[None, None, CodeTyped]) -> PatientSignedIn:
    """Signs a patient in by the code."""
    body = call.body
    tokens = await call.services.get(PhoneLogin).redeem(body.id, body.code, visitor_of(call))
    keep_refresh(call, tokens)
    patient = tokens.login.patient
    if patient is None:
        raise NotAuthenticated
    return PatientSignedIn(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in_s,
        patient=PatientView(id=patient.id),
    )


async def show_self(call: Call[None, None, None]) -> PatientSelf:
    """The patient's own account."""
    phone = await call.services.get(PhoneLogin).phone_of(call.asker)
    return PatientSelf(phone=masked(phone, Masking.PHONE))


ROUTES = (
    Route(
        Method.POST,
        "/self/code",
        ask_for_code,
        permission=PUBLIC,
        summary="Sends a code to a telephone.",
        errors=(TooManyCodes, Unavailable),
        rate=Rate(20, 60),
        max_body_bytes=1024,
    ),
    Route(
        Method.POST,
        "/self/login",
        sign_in_by_phone,
        permission=PUBLIC,
        summary="Signs a patient in by a code.",
        errors=(CodeWrong, CodeOver, AccountDisabled, AddressTried),
        rate=Rate(60, 60),
        max_body_bytes=1024,
    ),
    Route(Method.GET, "/self", show_self, permission=PATIENT, summary="Shows the patient's own account."),
)
