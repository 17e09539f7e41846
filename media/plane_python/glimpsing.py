"""Slots whose lines carry no flow: each sends keyframes alone out of its layer's history, at its own pace.

They do not follow the layer's packets, so that they cost the forwarding loop nothing.
"""

from collections.abc import Callable
from typing import Final

from media.core.glimpses import FRESH_MS, GIVEN_UP_MS, GlimpsePace
from media.plane_python.axis import Axis
from media.plane_python.fanout import FanOut
from media.plane_python.layer import Layer
from media.plane_python.slot import Glimpse, Slot

TURN_S: Final = 0.01


class Glimpsing:
    """Of one plane. `ask` asks for a layer's keyframe; `began` is told where another time begins to flow."""

    def __init__(
        self, fan_out: FanOut, axis: Axis, *, ask: Callable[[Layer], None], began: Callable[[Slot], None]
    ) -> None:
        self._fan_out = fan_out
        self._axis = axis
        self._ask = ask
        self._began = began
        self._slots: list[Slot] = []

    @property
    def is_busy(self) -> bool:
        return bool(self._slots)

    def follow(self, slot: Slot, layer: Layer) -> None:
        """From now on the slot gets glimpses of this layer; of what it carried until now none of the past."""
        if slot.layer is layer and slot in layer.glimpsing:
            slot.stop_waiting()
            return
        was_flowing = slot.layer is layer and layer.newest is not None
        slot.glimpse_after = layer.newest.sequence if was_flowing and layer.newest is not None else -1
        slot.take_glimpses(layer)
        if slot not in self._slots:
            self._slots.append(slot)

    def turn(self) -> None:
        """Every few milliseconds while anybody gets glimpses."""
        now_ms = self._axis.now_ms()
        for slot in self._slots:
            layer, pace = slot.layer, slot.pace
            if layer is not None and pace is not None and slot in layer.glimpsing:
                self._continue(slot, layer, pace, now_ms)
        self._slots = [slot for slot in self._slots if slot.layer and slot in slot.layer.glimpsing]

    def _continue(self, slot: Slot, layer: Layer, pace: GlimpsePace, now_ms: float) -> None:
        if slot.glimpse is None and pace.is_due(now_ms) and slot.target is None:
            self._begin(slot, layer, pace, now_ms)
        while (glimpse := slot.glimpse) is not None and pace.is_due(now_ms):
            if not self._send_next(slot, layer, glimpse, pace, now_ms):
                return

    def _begin(self, slot: Slot, layer: Layer, pace: GlimpsePace, now_ms: float) -> None:
        keyframe = layer.keyframe
        age_ms = None if keyframe is None else self._axis.wall_ms() - keyframe.arrival_ms
        if (
            keyframe is not None
            and age_ms is not None
            and age_ms <= FRESH_MS
            and keyframe.sequence > slot.glimpse_after
            and layer.cache.get(keyframe.sequence) is keyframe
        ):
            slot.begin_glimpse(layer, keyframe, now_ms)
            pace.began(now_ms)
            self._began(slot)
        elif layer.glimpse_requests.due(age_ms, now_ms):
            self._ask(layer)

    def _send_next(
        self, slot: Slot, layer: Layer, glimpse: Glimpse, pace: GlimpsePace, now_ms: float
    ) -> bool:
        """Sends one packet of it; false where nothing more of it can be sent in this turn."""
        packet = layer.cache.get(glimpse.next)
        if packet is None:
            if now_ms - glimpse.sent_ms > GIVEN_UP_MS:
                slot.end_glimpse(layer)
            return False
        if packet.is_padding:
            slot.rewriter.skip(packet.sequence)
            glimpse.next += 1
            return True
        if packet.timestamp != glimpse.timestamp:
            slot.end_glimpse(layer)
            return False
        self._fan_out.send_next(packet, slot)
        packet.forget_rendered()
        line = slot.peer.line
        pace.sent(len(packet.data), now_ms, crowded=line is not None and line.is_crowded)
        glimpse.next, glimpse.sent_ms = glimpse.next + 1, now_ms
        if packet.marker:
            slot.end_glimpse(layer)
        return True
