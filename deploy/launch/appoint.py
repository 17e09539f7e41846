"""`scopecast appoint`: gives an account one of the three duties, so that somebody can appoint (AZ-07)."""

import os
import pwd
import sys
from argparse import Namespace
from typing import Final

from deploy.launch.options import Options
from deploy.launch.trail import opened
from platform_api.audit import Who
from platform_api.identity.duties import appoint_by_operator
from platform_api.identity.errors import DutyApart, DutyHeld
from platform_api.identity.model import Duty
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import AppError, NotFound
from platform_api.kernel.sentences import Language, sentence

EXIT_NOT_APPOINTED: Final = 1


async def run(parsed: Namespace) -> int:
    """Appoints on the database of this machine, whether Scopecast runs or not; the exit code."""
    operator = pwd.getpwuid(os.getuid()).pw_name
    who = Who(subject=f"cli:{operator}", name=operator, organisation=None, address="")
    async with opened(Options.of(parsed), "scopecast appoint") as (database, trail):
        try:
            user = await appoint_by_operator(
                database, SystemClock(), trail, parsed.username, Duty(parsed.duty), who
            )
        except NotFound:
            return _refused(f"no account {parsed.username!r} / 没有这个账号")
        except (DutyHeld, DutyApart) as refusal:
            return _refused(" / ".join(_said(refusal, language) for language in Language))
    print(f"{user.username} ({user.name}): {user.duty}")
    return 0


def _said(refusal: AppError, language: Language) -> str:
    return sentence(refusal.code, language, {})


def _refused(text: str) -> int:
    print(text, file=sys.stderr)
    return EXIT_NOT_APPOINTED
