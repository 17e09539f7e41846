"""Share links to one kind of thing: made, listed, withdrawn, opened; domains say who may, and note it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from platform_api.db import Transaction
from platform_api.http import Asker
from platform_api.identity import ShareGuests, Tokens
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import OrganisationId, SessionId, UserId, new_id
from platform_api.sharing import store
from platform_api.sharing.errors import ShareUnknown
from platform_api.sharing.model import NewShare, Share, Shared
from platform_api.sharing.rules import check_open, new_secrets, pin_hash, pin_is, token_hash


class ShareLinks:
    """Links of one kind, kept as hashes; each call works in the transaction of its domain."""

    def __init__(self, shared: Shared, *, clock: Clock, guests: ShareGuests) -> None:
        self._shared = shared
        self._clock = clock
        self._guests = guests

    async def make(
        self,
        transaction: Transaction,
        subject: str,
        organisation: OrganisationId,
        *,
        by: UserId,
        hours: int,
    ) -> NewShare:
        """A new link with its two secrets."""
        made, now = new_secrets(), self._clock.now()
        share = Share(
            id=new_id(),
            subject=subject,
            organisation=organisation,
            expires_at=now + timedelta(hours=hours),
            pin_hash=pin_hash(made.token, made.pin),
            pin_failures=0,
            created_by=by,
            created_at=now,
        )
        await store.add(transaction, self._shared, share, token_hash(made.token))
        return NewShare(share=share, token=made.token, pin=made.pin)

    async def of_subject(
        self, transaction: Transaction, subject: str, allowed: Callable[[Share], bool]
    ) -> list[Share]:
        """The links to one thing that the asker may withdraw, newest first."""
        found = await store.of_subject(transaction, self._shared, subject)
        return [share for share in found if allowed(share)]

    async def revoke(
        self,
        transaction: Transaction,
        asker: Asker,
        subject: str,
        share: str,
        allowed: Callable[[Share], bool],
        *,
        address: str,
    ) -> Share:
        """Withdraws a link and puts out whom it let in; raises NotFound, or Refused where not allowed."""
        link = await store.get(transaction, self._shared, share)
        if link is None or link.subject != subject:
            raise NotFound
        if not allowed(link):
            raise Refused
        if not await store.revoke(transaction, self._shared, share, self._clock.now()):
            raise NotFound
        transaction.after_commit(partial(self._guests.put_out, asker, share, address=address))
        return link

    async def opened(self, transaction: Transaction, token: str) -> Share:
        """The link of a token, held so that tries are counted; raises ShareUnknown or ShareClosed."""
        share = await store.get_by_token(transaction, self._shared, token_hash(token))
        if share is None:
            raise ShareUnknown
        check_open(share, self._clock.now())
        return share

    async def tried(self, transaction: Transaction, share: Share, token: str, pin: str) -> bool:
        """Whether this is the second secret; a wrong one is counted, none is not."""
        right = pin_is(share, token, pin)
        if not right and pin:
            await store.count_failure(transaction, self._shared, share.id)
        return right

    async def admit(self, share: Share, *, name: str, address: str) -> Tokens:
        """A login for one who came without an account: it sees this one thing until the link ends."""
        return await self._guests.admit(
            session=SessionId(share.subject),
            pass_id=share.id,
            name=name,
            until=share.expires_at,
            address=address,
        )
