"""Comments as what may be forwarded: to those who see what they are about."""

from dataclasses import replace
from typing import Final

from platform_api.audit import Tag
from platform_api.comments.service import Comments
from platform_api.db import Transaction
from platform_api.forwarding import Forwarding, Thing
from platform_api.http import Asker
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import CommentId

COMMENT: Final = "comment"


class Forwarded:
    """What forwarding asks of comments: a comment is seen by whoever sees what it stands on."""

    def __init__(self, comments: Comments, forwarding: Forwarding) -> None:
        self._comments = comments
        self._forwarding = forwarding

    async def describe(self, transaction: Transaction, asker: Asker, comment: str) -> Thing:
        """A comment as something to forward; raises NotFound, Conflict for one that has lost its words."""
        subject, found = await self._comments.find(transaction, asker, CommentId(comment))
        if found.hidden or found.withdrawn:
            raise Conflict("comment.hidden")
        below = await self._forwarding.describe(transaction, asker, subject.kind, subject.id)
        return replace(
            below,
            kind=COMMENT,
            id=found.id,
            word="comments",
            tag=Tag.COMMENT_FORWARDED,
            link=f"{subject.link}?comment={found.id}",
        )
