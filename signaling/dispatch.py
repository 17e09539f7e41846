"""One request from its raw data to its acknowledgement: rate, shape, seat, right, handler, in this order."""

from typing import Any, Final

from platform_api.kernel.errors import AppError
from platform_api.kernel.events import AccessRefused
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import get_logger
from recording.control import JournalFull
from signaling.codec import decode, encode
from signaling.connection.registry import Connection
from signaling.connection.states import Event
from signaling.context import Context, Services
from signaling.errors import Internal, Malformed, NotAllowed, RateExceeded, SeatError, StorageFull
from signaling.handlers import HANDLERS
from signaling.limits import MAX_PENDING_REQUESTS
from signaling.messages import REQUESTS
from signaling.messages.catalogue import Message, RequestSpec
from signaling.messages.envelope import Accepted, NotAccepted, Refusal

Json = dict[str, Any]
FOREIGN_SEAT: Final = frozenset({"room.removed", "room.seat_lost"})
"""Refusals of a seat that are about the asker, not about the moment."""


class Dispatcher:
    """Carries out requests; whatever happens becomes an acknowledgement, never an exception."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._log = get_logger("signaling.dispatch")

    async def handle(self, connection: Connection, name: str, data: object) -> Json:
        """The acknowledgement of one request, as JSON."""
        try:
            answer = await self._carry_out(connection, name, data)
        except AppError as error:
            self._tell_refused(connection, name, error)
            return refusal(error)
        except JournalFull:
            return refusal(StorageFull())
        except Exception:  # noqa: BLE001 - a fault of ours is told as one, by its number alone
            error_id = new_id()
            self._log.exception("request.failed", request=name[:64], error_id=error_id)
            return refusal(Internal(error_id))
        return encode(Accepted(data=encode(answer)))

    def _tell_refused(self, connection: Connection, name: str, error: AppError) -> None:
        """Asking for what is not one's own is a fact for the audit trail; the door tells of its own."""
        if isinstance(error, NotAllowed) or (isinstance(error, SeatError) and error.code in FOREIGN_SEAT):
            grant = connection.grant
            self._services.tell(
                AccessRefused(
                    at=self._services.clock.now(),
                    room=grant.room,
                    session=grant.session,
                    subject=grant.subject,
                    name=grant.name,
                    action=name,
                    code=error.code,
                    address=connection.address,
                )
            )

    async def _carry_out(self, connection: Connection, name: str, data: object) -> Message:
        await self._pay(connection, name)
        spec = REQUESTS.get(name)
        if spec is None:
            raise Malformed("message.unknown")
        message = decode(spec, data)
        if connection.pending >= MAX_PENDING_REQUESTS:
            raise RateExceeded(retry_after_s=1)
        connection.pending += 1
        try:
            async with connection.lane(name):
                return await self._ask(spec, connection, message)
        finally:
            connection.pending -= 1

    async def _pay(self, connection: Connection, name: str) -> None:
        now_s = self._services.clock.monotonic_s()
        try:
            connection.meter.spend(name, now_s)
        except RateExceeded:
            if connection.meter.strike(now_s):
                await self._services.end_connection(connection.id, Event.FLOODED)
            raise

    async def _ask(self, spec: RequestSpec, connection: Connection, message: Message) -> Message:
        context = Context(connection, self._services)
        if not spec.before_join:
            if connection.lane(spec.name) is connection.media_lane:
                await connection.settle()
            _ = context.me
        if spec.right is not None:
            context.require(spec.right)
        return await HANDLERS[spec.name](context, message)


def refusal(error: AppError) -> Json:
    """The acknowledgement that says no: code and fields, never prose or a trace."""
    told = NotAccepted(
        error=Refusal(
            code=error.code,
            field=error.field if isinstance(error, Malformed) else None,
            params=error.params,
            retry_after_s=error.retry_after_s,
            error_id=error.error_id if isinstance(error, Internal) else None,
        )
    )
    return encode(told)
