"""Who gets what: publications by id, the slots that follow them, and the moments at which slots cross over.

Of several peers that publish one id (a participant who came back), the newest whose packets have
arrived counts. A slot begins at a keyframe: from the layer's history if that is short, else at the
next one, which is asked for.
"""

from collections.abc import Callable, Sequence
from typing import Final

from media.core.packet import MediaPacket
from media.core.rtcp import Pli
from media.plane import PlaneListener, SlotSpec, TapPacket, TrackSpec
from media.plane_python.axis import Axis
from media.plane_python.events import Events
from media.plane_python.fanout import FanOut
from media.plane_python.glimpsing import Glimpsing
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer
from media.plane_python.publication import Publication
from media.plane_python.reports import feedback_compound
from media.plane_python.slot import Slot, shape_of
from platform_api.kernel.ids import PublicationId

CATCH_UP_PACKETS_A_TURN: Final = 10
CATCH_UP_PACKETS_OF_ALL: Final = 250
"""However many catch up at once, a turn ends within a few milliseconds."""
TapSink = Callable[[TapPacket], None]


class Switchboard:
    """Publications, followers and taps of one plane."""

    def __init__(self, fan_out: FanOut, axis: Axis, events: Events) -> None:
        self._fan_out = fan_out
        self._axis = axis
        self._events = events
        self._order = 0
        self._sending: dict[PublicationId, list[Publication]] = {}
        self._live: dict[PublicationId, Publication] = {}
        self._off: set[PublicationId] = set()
        self._followers: dict[PublicationId, list[Slot]] = {}
        self._taps: dict[PublicationId, TapSink] = {}
        self._catching_up: list[Slot] = []
        self.glimpsing = Glimpsing(fan_out, axis, ask=self.ask_keyframe, began=self._flow_began)
        self.listener: PlaneListener | None = None
        self.tap_failures = 0

    # Publications

    def set_tracks(self, peer: Peer, specs: Sequence[TrackSpec]) -> None:
        wanted = {spec.publication: spec for spec in specs}
        for publication_id, known in list(peer.tracks.items()):
            spec = wanted.get(publication_id)
            if spec is None or (spec.codec, spec.clock_rate) != (known.spec.codec, known.spec.clock_rate):
                self._end(peer.tracks.pop(publication_id))
        for publication_id, spec in wanted.items():
            present = peer.tracks.get(publication_id)
            if present is not None:
                present.spec = spec
            else:
                self._begin(peer, spec)

    def _begin(self, peer: Peer, spec: TrackSpec) -> None:
        self._order += 1
        publication = Publication(peer, spec, order=self._order)
        peer.tracks[spec.publication] = publication
        self._sending.setdefault(spec.publication, []).append(publication)
        if spec.publication not in self._live:
            self._make_live(publication)

    def _make_live(self, publication: Publication) -> None:
        publication_id = publication.spec.publication
        before = self._live.get(publication_id)
        if before is not None:
            before.is_live = False
            self._clear_slots(before)
        publication.is_live = True
        self._live[publication_id] = publication
        self.retarget_followers(publication_id)

    def _end(self, publication: Publication) -> None:
        publication_id = publication.spec.publication
        self._clear_slots(publication)
        publication.forget_past()  # slots still know how it was numbered
        publication.peer.forget_layers(publication)
        sending = self._sending[publication_id]
        sending.remove(publication)
        if publication.is_live:
            publication.is_live = False
            del self._live[publication_id]
            if sending:
                self._make_live(sending[-1])
        if not sending:
            del self._sending[publication_id]
            self._off.discard(publication_id)

    @staticmethod
    def _clear_slots(publication: Publication) -> None:
        for layer in publication.layers.values():
            for slot in (*layer.flowing, *layer.catching_up, *layer.glimpsing):
                slot.leave()
            for slot in list(layer.waiting):
                slot.stop_waiting()

    def set_on(self, publication_id: PublicationId, on: bool) -> None:
        if on == (publication_id not in self._off):
            return
        if on:
            self._off.discard(publication_id)
        else:
            self._off.add(publication_id)
        # Off: what came before is not sent again either. On: nor what came meanwhile.
        for publication in self._sending.get(publication_id, ()):
            publication.forget_past()
        self.retarget_followers(publication_id)

    def set_tap(self, publication_id: PublicationId, sink: TapSink | None) -> None:
        if sink is None:
            self._taps.pop(publication_id, None)
            return
        self._taps[publication_id] = sink
        live = self._live.get(publication_id)
        if live is not None and not live.was_tapped and publication_id not in self._off:
            self._tap_past(live)

    def live(self, publication_id: PublicationId) -> Publication | None:
        return self._live.get(publication_id)

    # Slots

    def set_slots(self, peer: Peer, specs: Sequence[SlotSpec]) -> None:
        wanted = {spec.mid: spec for spec in specs}
        for mid, known in list(peer.slots.items()):
            spec = wanted.get(mid)
            if spec is None or spec.ssrc != known.ssrc:
                self.attach(peer.slots.pop(mid), None)
        shapes = {slot.shape: slot.shape for slots in self._followers.values() for slot in slots}
        for mid, spec in wanted.items():
            slot = peer.slots.get(mid)
            if slot is None:
                slot = peer.slots[mid] = Slot(peer, spec)
            slot.reshape(spec, shape_of(spec, shapes))
            shapes.setdefault(slot.shape, slot.shape)
        peer.slots_by_ssrc = {slot.ssrc: slot for slot in peer.slots.values()}
        peer.equip_slots()

    def attach(self, slot: Slot, publication_id: PublicationId | None) -> None:
        if slot.publication_id != publication_id:
            if slot.publication_id is not None:
                followers = self._followers[slot.publication_id]
                followers.remove(slot)
                if not followers:
                    del self._followers[slot.publication_id]
            slot.leave()
            slot.publication_id = publication_id
            if publication_id is not None:
                self._followers.setdefault(publication_id, []).append(slot)
            else:
                slot.rewriter.forget_past()  # taken away: it is not repaired either
        self.retarget(slot)

    def retarget_followers(self, publication_id: PublicationId) -> None:
        for slot in list(self._followers.get(publication_id, ())):
            self.retarget(slot)

    def retarget_peer(self, peer: Peer) -> None:
        for slot in peer.slots.values():
            self.retarget(slot)

    def retarget_all(self) -> None:
        """Once a second: layers come, go, and change their rates."""
        for publication_id in list(self._followers):
            self.retarget_followers(publication_id)

    def retarget(self, slot: Slot) -> None:
        """Brings a slot nearer to what it should carry now."""
        publication = self._publication_for(slot)
        if publication is None:
            slot.leave()
            return
        current = slot.layer
        rid = current.rid if current is not None and current.publication is publication else None
        layer = publication.choose(slot.wanted_rid, rid, self._axis.now_ms())
        if layer is not None and slot.pace is not None and layer.is_video:
            self.glimpsing.follow(slot, layer)
            return
        if layer is None or layer is slot.target:
            return
        if layer is current and slot not in layer.glimpsing:
            slot.stop_waiting()
            if slot.needs_keyframe:
                self.ask_keyframe(layer)
        elif current is None and self._catch_up(slot, layer):
            return
        else:
            slot.wait_for(layer)
            self.ask_keyframe(layer)

    def _publication_for(self, slot: Slot) -> Publication | None:
        """What the slot may carry now; None where anything forbids it."""
        publication_id = slot.publication_id
        if publication_id is None or publication_id in self._off or slot.paused or not slot.is_ready:
            return None
        publication = self._live.get(publication_id)
        if publication is None or not slot.accepts(publication.spec.codec):
            return None
        return publication

    # Keyframes and catching up

    def ask_keyframe(self, layer: Layer) -> None:
        if layer.is_video:
            layer.requests.ask()
            self.send_due_requests(layer)

    def send_due_requests(self, layer: Layer) -> None:
        """Sends the layer's PLI if one is wanted and its time has come."""
        peer = layer.publication.peer
        if peer.outbound is None or peer.address is None or not layer.requests.waiting:
            return
        if layer.requests.due(self._axis.now_ms()):
            layer.publication.plis_sent += 1
            pli = Pli(peer.rtcp_ssrc, layer.ssrc)
            self._fan_out.send_rtcp(peer, feedback_compound(peer, pli))

    def _catch_up(self, slot: Slot, layer: Layer) -> bool:
        if not layer.is_video:
            return False
        keyframe = layer.catch_up_from(self._axis.wall_ms())
        if keyframe is None or layer.newest is None:
            return False
        slot.catch_up_to(layer, keyframe, layer.newest)
        self._catching_up.append(slot)
        return True

    @property
    def is_catching_up(self) -> bool:
        return bool(self._catching_up)

    def catch_up_turn(self) -> None:
        """Sends each slot that is catching up its next few packets."""
        share = CATCH_UP_PACKETS_OF_ALL // max(1, len(self._catching_up))
        for slot in self._catching_up:
            self._send_past(slot, max(1, min(CATCH_UP_PACKETS_A_TURN, share)))
        self._catching_up = [slot for slot in self._catching_up if slot.catch_up is not None]

    def _send_past(self, slot: Slot, most: int) -> None:
        sent = 0
        while sent < most and slot.catch_up is not None and slot.layer is not None:
            newest = slot.layer.newest
            if newest is None or slot.catch_up.next > newest.sequence:
                slot.caught_up()
                self._flow_began(slot)
                return
            packet = slot.layer.cache.get(slot.catch_up.next)
            slot.catch_up.next += 1
            if packet is None:
                continue
            if packet.is_padding:
                slot.rewriter.skip(packet.sequence)
                continue
            self._fan_out.send_next(packet, slot)
            packet.forget_rendered()
            sent += 1

    # Packets

    def forward(self, layer: Layer, packet: MediaPacket) -> None:
        """A new packet of a layer: to the tap, then to every slot that carries the layer."""
        publication = layer.publication
        if not publication.is_live and not self._takes_over(publication):
            return
        publication_id = publication.spec.publication
        if publication_id in self._off:
            return
        if publication_id in self._taps:
            publication.was_tapped = True
            self._tap(publication_id, layer, packet)
        if packet.is_padding:
            for slot in layer.flowing:
                slot.rewriter.skip(packet.sequence)
            return
        newest = packet is layer.newest
        if packet.begins_keyframe and layer.waiting:
            self._cross(layer, packet, newest=newest)
        if not newest:
            self._fill_past(layer, packet)
        if layer.flowing:
            self._fan_out.fan_out(packet, layer.flowing, newest=newest)
        packet.forget_rendered()

    def _takes_over(self, publication: Publication) -> bool:
        """A newer sending of an id replaces the older as soon as its packets come."""
        live = self._live.get(publication.spec.publication)
        if live is not None and live.order > publication.order:
            return False
        self._make_live(publication)
        return True

    def _cross(self, layer: Layer, packet: MediaPacket, *, newest: bool) -> None:
        for slot in list(layer.waiting):
            if newest or layer.newest is None:
                slot.cross_to(layer, packet)
                self._flow_began(slot)
            else:  # the keyframe's first packet came late, and what follows it is here already
                slot.catch_up_to(layer, packet, layer.newest)
                self._catching_up.append(slot)

    def _fill_past(self, layer: Layer, packet: MediaPacket) -> None:
        for slot in layer.catching_up:
            if slot.catch_up is not None and packet.sequence < slot.catch_up.next:
                self._fan_out.send_late(packet, slot)

    def _tap_past(self, publication: Publication) -> None:
        publication.was_tapped = True
        for layer in publication.layers.values():
            keyframe = layer.catch_up_from(self._axis.wall_ms())
            if keyframe is None or layer.newest is None:
                continue
            for sequence in range(keyframe.sequence, layer.newest.sequence + 1):
                packet = layer.cache.get(sequence)
                if packet is not None:
                    self._tap(publication.spec.publication, layer, packet)

    def _tap(self, publication_id: PublicationId, layer: Layer, packet: MediaPacket) -> None:
        self._events.emit(self._taps[publication_id], TapPacket(layer.rid, packet.arrival_ms, packet.data))

    # Clocks

    def tell_clock(self, layer: Layer) -> None:
        """Tells the layer's mapping, and those of the slots that carry it, where they have moved."""
        listener, now_ms = self.listener, self._axis.now_ms()
        point = layer.clock_point()
        if listener is None or point is None or not layer.publication.is_live:
            return
        mark = (point.rtp_timestamp, point.capture_ms)
        if layer.clock_watch.check(*mark, now_ms):
            publication_id = layer.publication.spec.publication
            self._events.emit(listener.on_clock, publication_id, layer.rid, point)
        for slot in layer.flowing:
            self._tell_slot_clock(slot)

    def _flow_began(self, slot: Slot) -> None:
        """The subscriber learns at once when its pictures were taken: by event and by a sender report."""
        self._tell_slot_clock(slot)
        slot.peer.report_due_ms = 0.0

    def _tell_slot_clock(self, slot: Slot) -> None:
        point = slot.clock_point()
        if self.listener is None or point is None:
            return
        if slot.clock_watch.check(point.rtp_timestamp, point.capture_ms, self._axis.now_ms()):
            self._events.emit(self.listener.on_slot_clock, slot.peer.id, slot.spec.mid, point)
