"""One coroutine for each request of the catalogue."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from signaling.context import Context
from signaling.handlers import annotate, join, moderate, publish, still, subscribe
from signaling.messages.catalogue import Message

Handler = Callable[[Context, Any], Awaitable[Message]]

HANDLERS: Final[dict[str, Handler]] = {
    "room.prepare": join.prepare,
    "room.join": join.join,
    "room.leave": join.leave,
    "room.ping": join.ping,
    "room.hand": moderate.hand,
    "room.present": still.present,
    "still.freeze": still.freeze,
    "still.close": still.close,
    "media.offer": publish.offer,
    "media.subscribe": subscribe.subscribe,
    "media.viewport": subscribe.show,
    "media.report": subscribe.report,
    "media.switch": publish.switch,
    "annotation.apply": annotate.apply,
    "annotation.stroke": annotate.stroke,
    "annotation.pointer": annotate.pointer,
    "moderate.rights": moderate.rights,
    "moderate.ask_to_speak": moderate.ask_to_speak,
    "moderate.mute": moderate.mute,
    "moderate.mute_all": moderate.mute_all,
    "moderate.lower_hand": moderate.lower_hand,
    "moderate.remove": moderate.remove,
    "moderate.end": moderate.end,
}
