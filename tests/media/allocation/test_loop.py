"""What a viewer is sent as its line, its screen and its wishes change; what it and the publisher are told."""

from structlog.testing import capture_logs

from media.control import TapLayers
from media.plane import GradeStats
from platform_api.kernel.rooms import Source
from tests.support.seated import Seated, seated

THREE = ("h", "m", "l")
EVENING = {Source.SCOPE: THREE, Source.HAND: THREE, Source.CAMERA: ("h", "l"), Source.VOICE: ()}
ALL = ("expert.scope", "expert.hand", "expert.camera", "expert.voice")
RATES = {
    "scope h": 2_500_000,
    "scope m": 700_000,
    "scope l": 150_000,
    "hand h": 1_700_000,
    "hand m": 500_000,
    "hand l": 150_000,
    "camera h": 350_000,
    "camera l": 100_000,
    "voice": 40_000,
}
PLENTY, ENOUGH_FOR_SCOPE, SCARCE, NEXT_TO_NOTHING = 20_000_000, 2_800_000, 1_000_000, 180_000


def told(room: Seated, source: str) -> tuple[str, str, str]:
    slot = room.flow("doctor")[source]
    return slot.rid, slot.state, slot.reason


async def test_without_an_estimate_everything_wanted_flows_at_its_best() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)
        room.pass_s(1)

        await room.send()
        await room.rtp["doctor"].until(lambda: len(room.slots("doctor")) == 4)

        assert {name: slot.layer for name, slot in room.slots("doctor").items()} == {
            "scope": "h",
            "hand": "h",
            "camera": "h",
            "voice": "",
        }
        assert {state for _, state, _ in (told(room, s) for s in ("scope", "hand", "camera"))} == {"full"}
        assert room.flows("doctor")[-1].estimate_bps is None


async def test_a_thin_line_takes_the_face_then_the_hand_and_leaves_scope_and_voice() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)

        room.estimate("doctor", PLENTY)
        room.pass_s(4)
        plenty = [told(room, source) for source in ("scope", "hand", "camera")]
        room.estimate("doctor", ENOUGH_FOR_SCOPE, loss=0.1)
        room.pass_s(0.5)
        enough = [told(room, source) for source in ("scope", "hand", "camera")]
        told_of_line = room.flows("doctor")[-1]
        room.estimate("doctor", NEXT_TO_NOTHING)
        room.pass_s(0.5)
        nothing = [told(room, source) for source in ("scope", "hand", "camera")]
        await room.send()
        doctor = room.rtp["doctor"]
        await doctor.until(lambda: b"expert.voice  #2" in b"".join(packet.payload for packet in doctor.rtp))

        assert plenty == [("h", "full", "as_wanted")] * 3
        assert enough == [("h", "full", "as_wanted"), ("", "paused", "line"), ("", "paused", "line")]
        assert (told_of_line.estimate_bps, told_of_line.loss, told_of_line.rtt_ms) == (2_800_000, 0.1, 50.0)
        assert nothing == [("l", "reduced", "line"), ("", "paused", "line"), ("", "paused", "line")]
        bodies = b"".join(packet.payload for packet in doctor.rtp)
        assert b"expert.scope l #2" in bodies
        assert not any(name in bodies for name in (b"expert.hand h #2", b"expert.camera h #2"))


GRADES = (
    GradeStats(0, 0, 1, 80_000),
    GradeStats(0, 1, 1, 150_000),
    GradeStats(1, 1, 1, 700_000),
    GradeStats(2, 1, 1, 2_500_000),
)


async def test_a_flow_with_layers_inside_falls_to_a_smaller_then_to_a_slower_picture() -> None:
    async with seated() as room:
        room.plane.grades["scope"] = GRADES
        await room.publish("expert", {Source.SCOPE: ()})
        await room.view("doctor", "expert.scope")
        room.pass_s(2)
        wide = told(room, "scope")
        seen = []
        for line_bps in (1_000_000, 300_000, 100_000):
            room.estimate("doctor", line_bps)
            room.pass_s(1)
            seen.append(told(room, "scope"))

        assert wide == (".s2t1", "full", "as_wanted")
        assert seen == [(rid, "reduced", "line") for rid in (".s1t1", ".s0t1", ".s0t0")]
        assert room.wanted(Source.SCOPE) == []
        assert any(
            getattr(event, "layers", ()) == (".s2t1", ".s1t1", ".s0t1", ".s0t0") for event in room.events
        )


async def test_sizes_of_a_flow_with_layers_are_chosen_by_hand_and_by_what_is_shown_at_full_speed() -> None:
    async with seated() as room:
        room.plane.grades["scope"] = GRADES
        await room.publish("expert", {Source.SCOPE: ()})
        await room.view("doctor", "expert.scope")
        room.pass_s(1)
        by_hand = []
        for layer in ("low", "mid", "high"):
            await room.want("doctor", "expert.scope", layer=layer)
            room.pass_s(1)
            by_hand.append(room.flow("doctor")["scope"].rid)
        await room.want("doctor", "expert.scope", layer="auto")
        await room.show("doctor", scope=(160, 90))
        room.pass_s(1)

        assert by_hand == [".s0t1", ".s1t1", ".s2t1"]
        assert room.flow("doctor")["scope"].rid == ".s0t1"


async def test_the_line_comes_back_and_all_with_it_within_three_seconds() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)
        room.estimate("doctor", PLENTY)
        room.pass_s(4)
        room.estimate("doctor", SCARCE)
        room.pass_s(4)
        scarce = told(room, "scope")

        room.estimate("doctor", PLENTY)
        too_soon = told(room, "scope")
        room.pass_s(2.0)

        assert scarce == too_soon == ("m", "reduced", "line")
        assert [told(room, s) for s in ("scope", "hand", "camera")] == [("h", "full", "as_wanted")] * 3


async def test_a_line_is_known_to_carry_what_pictures_took_lately() -> None:
    async with seated() as room:
        room.plane.rates_bps = {**RATES, "scope h": 1_000_000}
        await room.publish("expert", EVENING)
        await room.view("doctor", "expert.scope")
        room.pass_s(5)
        at_rest = goal(room)
        room.plane.rates_bps = RATES
        room.pass_s(5)
        moved = goal(room)
        room.plane.rates_bps = {**RATES, "scope h": 1_000_000}
        room.pass_s(10)
        lately = goal(room)
        room.pass_s(120)

        assert at_rest >= 1_000_000 * 1.2
        assert moved >= 2_400_000 * 1.2
        assert moved > lately > moved * 0.7
        assert goal(room) < at_rest * 1.2


def goal(room: Seated, participant: str = "doctor") -> int:
    return next(
        peer.goal_bps
        for peer in room.node.census.inspector.room("room-1").peers
        if peer.participant == participant
    )


async def test_voice_that_goes_with_the_packet_before_it_is_counted_twice() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", "expert.voice")
        await room.view("nurse", "expert.voice", redundant=True)
        for participant in ("doctor", "nurse"):
            room.estimate(participant, PLENTY)
        room.pass_s(1)

        assert goal(room, "nurse") == 2 * goal(room)


async def test_no_more_is_sent_than_is_seen_and_what_is_chosen_by_hand_stays() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)

        await room.show("doctor", scope=(640, 360), hand=(0, 0))
        room.pass_s(0.5)
        sizes = [told(room, source) for source in ("scope", "hand", "camera")]
        await room.show("doctor", scope=(1280, 720), hand=(0, 0))
        await room.want("doctor", *ALL, layer="low")
        room.pass_s(0.5)

        assert sizes == [
            ("m", "reduced", "small_on_screen"),
            ("", "paused", "hidden"),
            ("h", "full", "as_wanted"),
        ]
        assert told(room, "scope") == ("l", "reduced", "by_hand")
        assert told(room, "hand") == ("", "paused", "hidden")
        assert room.flow("doctor")["camera"].layer == "low"


async def test_a_layer_that_the_publisher_stops_is_named_as_its_doing() -> None:
    async with seated() as room:
        await room.publish("expert", {Source.SCOPE: THREE})
        await room.view("doctor", "expert.scope")
        room.pass_s(3)

        room.plane.silent.add("scope h")
        room.pass_s(4)
        reduced = told(room, "scope")
        room.plane.silent |= {"scope m", "scope l"}
        room.pass_s(4)

        assert reduced == ("m", "reduced", "publisher")
        assert told(room, "scope") == ("", "paused", "publisher")


async def test_a_recording_that_keeps_the_best_lets_the_layers_rest_that_nobody_watches() -> None:
    async with seated() as room:
        await room.publish("expert", {Source.SCOPE: THREE, Source.HAND: ()})
        for source in ("scope", "hand"):
            room.node.tap("room-1", f"expert.{source}", room, lambda packet: None, TapLayers.BEST)
        room.pass_s(6)
        alone = room.wanted(Source.SCOPE)[-1]
        await room.view("doctor", "expert.scope")
        await room.show("doctor", scope=(320, 180))
        room.pass_s(6)
        watched = room.wanted(Source.SCOPE)[1:]

        assert alone == ("h",)
        # All as long as nobody knew how small the page shows it; then what it needs, and what is recorded.
        assert watched[0] == THREE
        assert watched[-1] == ("h", "l")
        assert room.wanted(Source.HAND) == []


async def test_a_publisher_is_told_what_somebody_needs_and_a_recording_needs_all() -> None:
    async with seated() as room:
        await room.publish("expert", {Source.SCOPE: THREE, Source.CAMERA: ()})
        await room.view("doctor", "expert.scope")
        await room.show("doctor", scope=(320, 180))
        room.pass_s(4)
        early = room.wanted(Source.SCOPE), room.wanted(Source.CAMERA)
        room.pass_s(2)
        lowered = room.wanted(Source.SCOPE), room.wanted(Source.CAMERA)

        await room.show("doctor", scope=(1280, 720))
        raised = room.wanted(Source.SCOPE)[1:]
        await room.show("doctor", scope=(320, 180))
        room.node.tap("room-1", "expert.scope", room, lambda packet: None)
        room.node.tap("room-1", "expert.camera", room, lambda packet: None)
        room.pass_s(6)

        assert early == ([], [])
        assert lowered == ([("l",)], [()])
        assert raised == [THREE]
        assert ("l",) not in room.wanted(Source.SCOPE)[2:]
        present = {
            event.publication: event.wanted
            for event in room.node.census.present("room-1")
            if event.event == "layers_wanted"
        }
        assert present == {"expert.scope": True, "expert.camera": True}


async def test_a_page_is_told_at_most_twice_a_second_and_only_what_is_new() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)
        room.pass_s(4)
        quiet = len(room.flows("doctor"))
        room.pass_s(4)

        for step in range(40):
            room.clock.advance(0.1)
            room.estimate("doctor", SCARCE if step % 2 else NEXT_TO_NOTHING)
            room.node.allocate()

        assert quiet == 1
        assert len(room.flows("doctor")) - quiet <= 4 * 2


async def test_a_fault_is_told_and_the_next_turn_goes_on() -> None:
    async with seated() as room:
        room.plane.rates_bps = RATES
        await room.publish("expert", EVENING)
        await room.view("doctor", *ALL)
        room.plane.broken = True
        with capture_logs() as lines:
            room.pass_s(0.5)
        room.plane.broken = False
        room.estimate("doctor", SCARCE)
        room.pass_s(4)

        assert ("allocation.failed", "room-1") in [(line["event"], line.get("room")) for line in lines]
        assert told(room, "scope") == ("m", "reduced", "line")
