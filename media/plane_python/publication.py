"""One peer's sending of one publication: its layers, and which of them are alive."""

from media.core.layers import LayerState
from media.core.selector import choose_layer
from media.plane import TrackSpec, TrackStats
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer

SSRC_TAKEOVER_MS = 500.0


class Publication:
    """Layers by rid. `is_live` while it is this peer's sending that counts for the publication id."""

    def __init__(self, peer: Peer, spec: TrackSpec, *, order: int) -> None:
        self.peer = peer
        self.spec = spec
        self.codec_name = spec.codec.value
        self.order = order
        self.layers: dict[str, Layer] = {}
        self.is_live = False
        self.was_tapped = False
        self.plis_sent = 0

    def layer_for(self, rid: str, ssrc: int, now_ms: float) -> Layer | None:
        """The layer that this SSRC carries; None while another SSRC still sends it.

        A layer's SSRC may change (an encoder that began anew); it is believed once the old one is silent.
        """
        layer = self.layers.get(rid)
        if layer is not None and layer.ssrc != ssrc:
            if now_ms - layer.last_packet_ms < SSRC_TAKEOVER_MS:
                return None
            layer = None
        if layer is None:
            layer = Layer(self, rid, ssrc, self.peer.sender_clock)
            self.layers[rid] = layer
        return layer

    def forget_past(self) -> None:
        """What came until now is never shown: the publication was switched off meanwhile."""
        for layer in self.layers.values():
            layer.forget_past()

    def layer_by_ssrc(self, ssrc: int) -> Layer | None:
        return next((layer for layer in self.layers.values() if layer.ssrc == ssrc), None)

    def choose(self, wanted: str | None, current: str | None, now_ms: float) -> Layer | None:
        """The layer to forward to one who wants this; None before anything came.

        While all are silent (a still picture, a muted voice) the current one stays.
        """
        states = [
            LayerState(
                rid=layer.rid,
                bitrate_bps=layer.rate.bitrate_bps or layer.reception.octets,
                last_packet_ms=layer.last_packet_ms,
            )
            for layer in self.layers.values()
        ]
        rid = choose_layer(states, wanted=wanted, current=current, now_ms=now_ms)
        if rid is None:
            rid = current if current in self.layers else next(iter(self.layers), None)
        return None if rid is None else self.layers[rid]

    def stats(self) -> TrackStats:
        return TrackStats(
            publication=self.spec.publication,
            layers=tuple(layer.stats() for layer in self.layers.values()),
            nacks_sent=sum(layer.loss.sent for layer in self.layers.values()),
            plis_sent=self.plis_sent,
        )
