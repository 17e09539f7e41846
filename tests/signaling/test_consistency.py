"""SG-04: any sequence of requests, good and bad, leaves rooms consistent, and empty rooms are freed."""

import asyncio
import gc
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.rooms import Role, Source
from signaling.admission import RoomFacts
from signaling.app import Signaling
from signaling.config import SignalingSettings
from signaling.connection.states import State
from signaling.handlers import HANDLERS
from signaling.messages import EVENTS, REQUESTS
from signaling.presence import participant_id
from signaling.room import Room
from signaling.state import RoomState
from tests.support.live import ROOM, Json, Live, running

ROLES = {"anne": Role.HOST, "bodo": Role.COMMENTATOR, "vera": Role.VIEWER, "walt": Role.VIEWER}
people = st.sampled_from(sorted(ROLES))
participants = people.map(lambda name: participant_id(ROOM, name))
targets = st.sampled_from(
    [{"kind": "live", "publication": "whip-scope.scope", "capture_ms": 1}, {"kind": "board", "page": "p1"}]
)
shape = {"shape": "text", "at": {"x": 0.5, "y": 0.5}, "text": "x"}
marks = st.integers(0, 5).map(lambda number: f"m{number}")
operations = st.one_of(
    st.builds(lambda i, t: {"op": "add", "id": i, "target": t, "shape": shape}, marks, targets),
    st.builds(lambda i: {"op": "remove", "id": i}, marks),
    st.sampled_from([{"op": "undo"}, {"op": "redo"}, {"op": "add_page", "id": "p1"}, {"op": "nonsense"}]),
    st.builds(lambda e: {"op": "clear", "sheet": "board:p1", "everybody": e}, st.booleans()),
)
rights = st.lists(st.sampled_from(["draw", "speak", "moderate", "nonsense"]), max_size=2)
stills = st.sampled_from(["still-0001", "still-0002"])
FREEZE = {"publication": "whip-scope.scope", "capture_ms": 1, "open": True}
OFFER = {"peer": "peer-0001", "sdp": "v=0", "publications": [{"mid": "0", "source": "camera"}]}


def change(participant: str, give: list[str], take: list[str]) -> Json:
    return {"participant": participant, "give": give, "take": take}


REQUEST_DATA: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("room.join", st.just({})),
    ("room.leave", st.just({})),
    ("room.hand", st.booleans().map(lambda up: {"up": up})),
    ("room.present", st.sampled_from([{"layout": "pip"}, {"layout": "board"}, {}])),
    ("still.freeze", stills.map(lambda i: {**FREEZE, "id": i})),
    ("still.close", st.builds(lambda i, r: {"id": i, "remove": r}, stills, st.booleans())),
    ("media.offer", st.just(OFFER)),
    (
        "media.viewport",
        st.builds(
            lambda w: {"peer": "peer-0001", "shown": [{"publication": "x", "width": w, "height": w}]},
            st.integers(-1, 9),
        ),
    ),
    ("media.switch", st.builds(lambda on: {"source": "camera", "on": on}, st.booleans())),
    ("annotation.apply", operations.map(lambda operation: {"operation": operation})),
    ("moderate.rights", st.builds(change, participants, rights, rights)),
    ("moderate.ask_to_speak", participants.map(lambda p: {"participant": p})),
    ("moderate.mute", participants.map(lambda p: {"participant": p, "source": "camera"})),
    ("moderate.mute_all", st.just({})),
    ("moderate.remove", participants.map(lambda p: {"participant": p})),
    ("no.such", st.just({})),
]
requests = st.sampled_from(REQUEST_DATA).flatmap(lambda row: st.tuples(st.just(row[0]), row[1]))


class RoomMachine(RuleBasedStateMachine):
    """Drives the layer below the socket: its door is called as the gateway calls it."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.live = Live(Path(self.directory.name), SignalingSettings(tick_s=60))
        self.clock = ManualClock(datetime.now(UTC))
        self.live.clock = self.clock
        self.open: dict[str, str] = {}
        self.counter = 0
        self.run(self.live.start())
        self.live.media.publish(ROOM, "whip-scope", Source.SCOPE)

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @property
    def signaling(self) -> Signaling:
        return self.live.signaling

    @rule(who=people)
    def connect(self, who: str) -> None:
        self.counter += 1
        connection = f"c{self.counter}"
        auth = {"grant": self.live.token(self.live.grant(who, ROLES[who])), "protocol": 1}

        async def greet() -> None:
            self.signaling.greet(connection, auth, "127.0.0.1")

        self.run(greet())
        self.open[who] = connection

    @rule(who=people, request=requests)
    def ask(self, who: str, request: tuple[str, Json]) -> None:
        name, data = request
        self.clock.advance(10)
        answer = self.run(self.signaling.request(self.open.get(who, "none"), name, data))
        assert (answer is None) == (
            self.open.get(who) is None or self.signaling.connections.get(self.open[who]) is None
        )
        if answer is not None and not answer["ok"]:
            assert answer["error"]["code"] != "internal", (name, data, answer)

    @rule(who=people)
    def lose(self, who: str) -> None:
        connection = self.open.pop(who, None)
        if connection is not None:
            self.run(self.signaling.lost(connection))

    @rule(who=people)
    def revoke(self, who: str) -> None:
        self.run(self.live.bus.publish(AccessRevoked(at=self.live.clock.now(), subject=who, room=None)))

    @rule()
    def lose_the_node(self) -> None:
        self.live.media.lose_everything()
        self.run(asyncio.sleep(0.002))

    def settled_room(self) -> Room | None:
        """The room once nothing is on its way to the disk."""
        room = self.signaling.directory.get(ROOM)
        if room is not None:
            self.run(self.settle(room))
        return room

    async def settle(self, room: Room) -> None:
        quiet = 0
        while quiet < 3:
            before = room.seq
            await asyncio.sleep(0)
            async with room.order:
                quiet = quiet + 1 if room.seq == before else 0

    @invariant()
    def connections_seats_and_participants_agree(self) -> None:
        room = self.settled_room()
        if room is None:
            return
        seated = {seat.participant for seat in room.presence}
        shown = {each.id for each in room.state.participants.values() if each.device != "encoder"}
        assert seated == shown
        for seat in room.presence:
            participant = room.state.participants[seat.participant]
            assert participant.online == (seat.connection is not None)
            if seat.connection is not None:
                connection = self.signaling.connections.get(seat.connection)
                assert connection is not None
                assert connection.machine.state is State.SEATED
                assert connection.participant == seat.participant
        colours = [p.colour for p in room.state.participants.values() if p.colour < 6]
        assert len(colours) == len(set(colours))

    @invariant()
    def the_journal_folds_to_the_live_room(self) -> None:
        room = self.settled_room()
        if room is None:
            return
        again = RoomState()
        entries = self.live.journals.open(f"room:{ROOM}").read()
        for entry in entries:
            again.apply(EVENTS[entry.name].data.model_validate(entry.data))
        facts = RoomFacts(room=ROOM)
        assert [entry.seq for entry in entries] == list(range(1, room.seq + 1))
        assert again.snapshot(facts, 0) == room.state.snapshot(facts, 0)
        assert vars(again.board) == vars(room.state.board)

    def teardown(self) -> None:
        self.run(self.live.stop())
        self.loop.close()
        self.directory.cleanup()


RoomMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestRoomMachine_SG_04 = RoomMachine.TestCase


async def test_SG_04_a_thousand_connections_leave_nothing_behind(tmp_path: Path) -> None:
    options = SignalingSettings(seat_kept_s=0.05, room_idle_s=0.05, tick_s=0.02)
    async with running(tmp_path, options) as live, aiohttp.ClientSession() as http:
        await asyncio.sleep(0)
        before = len(asyncio.all_tasks())

        async def visit(number: int) -> None:
            link = await http.ws_connect(f"{live.url}socket.io/?EIO=4&transport=websocket")
            await link.receive()
            token = live.token(live.grant(f"s{number}", room=f"room-{number % 20}"))
            await link.send_str('40/room,{"grant":"' + token + '","protocol":1}')
            await link.receive()
            if number % 4 == 0:
                await link.send_str('42/room,1["room.join",{}]')
                await link.receive()
            await link.close()

        for batch in range(0, 1000, 50):
            await asyncio.gather(*(visit(number) for number in range(batch, batch + 50)))
        async with asyncio.timeout(20):
            while (
                len(live.signaling.directory)
                or live.signaling.open_sockets
                or len(live.signaling.connections)
            ):
                await asyncio.sleep(0.02)
            gc.collect()
            while len(asyncio.all_tasks()) > before + 3:
                await asyncio.sleep(0.02)

        assert len(live.signaling.directory) == 0
        assert live.signaling._gateway._greeted == {}


def test_every_request_has_its_handler_and_its_permission() -> None:

    assert set(HANDLERS) == set(REQUESTS)
    without_right = {name for name, spec in REQUESTS.items() if spec.right is None}
    assert without_right == {
        "room.prepare",
        "room.join",
        "room.leave",
        "room.ping",
        "room.hand",
        "media.offer",
        "media.subscribe",
        "media.viewport",
        "media.report",
        "media.switch",
    }
    assert {name for name, spec in REQUESTS.items() if spec.before_join} == {"room.prepare", "room.join"}
