"""What recording costs: CPU a track, time until the replay is ready. `python -m tests.bench.recording.cost`.

The recorder runs alone in a process of its own, whose CPU time is read; this process plays the media
node on the control socket, tap frames and all, in real time. A second table completes a synthetic recording
of two hours.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from aiohttp import WSMsgType, web

from media.control import AnswerFrame, ClockMoved, Done, EventFrame, HelloFrame, PublicationStarted
from media.plane import TapPacket
from media.remote import RemoteMediaClient
from media.tap_wire import TapBatch, encode_batch
from platform_api.kernel.ids import RecordingId, RoomId
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.client import RemoteRecorderClient
from recording.config import RecorderPlaces, RecordingSettings
from recording.control import JournalEntry
from recording.journal import encode_line
from recording.manifest import Manifest, Part, PartState, RecordingState, Segment, Track
from recording.messages import Changed
from recording.replay import finish
from recording.server import run_recorder
from recording.store import JOURNAL
from tests.bench.table import Table, print_tables
from tests.support.packetise import Frame, Sender, encode_video
from tests.support.sealed import folders_of, made

TRACKS = 4
SECONDS = 15.0
WARM_UP_S = 3.0
FPS = 30
BIT_RATE = 2_500_000
CODECS = ("H264", "VP8")


def recorder_process(root: str, node: str, socket: str) -> None:
    async def main() -> None:
        client = RemoteMediaClient(Path(node))
        await client.start()
        places = RecorderPlaces(recordings=folders_of(Path(root)), socket=Path(socket))
        await run_recorder(RecordingSettings(), places, {"media-1": client}, stop=asyncio.Event())

    asyncio.run(main())


def steady_frames(codec: str) -> list[Frame]:
    """Two seconds of frames, filled up with what decoders skip so that the rate is the wanted one."""
    frames = encode_video(codec, 2 * FPS, width=1280, height=720, gop=2 * FPS, bit_rate=BIT_RATE)
    return [replace(frame, data=frame.data + filler(codec, len(frame.data))) for frame in frames]


def filler(codec: str, present: int) -> bytes:
    wanted = max(0, BIT_RATE // 8 // FPS - present - 6)
    return b"\0\0\0\1\x0c" + b"\xff" * wanted + b"\x80" if codec == "H264" else bytes(wanted)


class Node:
    """The media node's side of the control socket: publishes tracks and sends their packets in real time."""

    def __init__(self, codec: str, frames: list[Frame]) -> None:
        self._frames = frames
        self._senders = {f"p{n}.scope": Sender(codec, ssrc=n + 1) for n in range(TRACKS)}
        self._codec = codec
        self._tapped = 0
        self.octets = 0
        self.all_tapped = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(HelloFrame(instance="bench").model_dump_json())
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            await socket.send_str(AnswerFrame(id=said["id"], answer=Done()).model_dump_json())
            if said["request"]["op"] == "watch":
                for name, sender in self._senders.items():
                    await socket.send_str(EventFrame(event=started(name, sender)).model_dump_json())
            elif said["request"]["op"] == "tap" and said["request"]["on"]:
                self._tapped += 1
                if self._tapped == TRACKS:
                    self._sending = asyncio.create_task(self._send(socket))
                    self.all_tapped.set()
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        base = time.time() * 1000
        for name, sender in self._senders.items():
            event = ClockMoved(
                room="room",
                publication=name,
                rtp_timestamp=sender.timestamp(0),
                capture_ms=base,
                clock_rate=sender.clock_rate,
            )
            await socket.send_str(EventFrame(event=event).model_dump_json())
        step = 0
        while not socket.closed:
            frame = self._frames[step % len(self._frames)]
            at_ms = 1000 * step / FPS
            for name, sender in self._senders.items():
                packets = sender.packets(Frame(step, at_ms, frame.data, frame.keyframe))
                self.octets += sum(map(len, packets))
                batch = tuple(TapPacket("", base + at_ms, data) for data in packets)
                await socket.send_bytes(
                    encode_batch(TapBatch(room="room", publication=name, dropped=0, packets=batch))
                )
            step += 1
            await asyncio.sleep(max(0.0, base / 1000 + step / FPS - time.time()))

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()


def started(name: str, sender: Sender) -> PublicationStarted:
    return PublicationStarted(
        room="room",
        participant=name.partition(".")[0],
        publication=name,
        source=Source.SCOPE,
        kind="video",
        codec=sender.codec,
        clock_rate=sender.clock_rate,
    )


@dataclass(frozen=True)
class Figures:
    codec: str
    mbit_per_s: float
    cpu_percent_per_track: float
    memory_mb: float
    ready_s: float


async def measure(codec: str, place: Path, seconds: float) -> Figures:
    node = Node(codec, steady_frames(codec))
    app = web.Application()
    app.router.add_get("/control", node.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.UnixSite(runner, str(place / "node.sock")).start()
    socket = place / "recorder.sock"
    arguments = (str(place / "recordings"), str(place / "node.sock"), str(socket))
    process = multiprocessing.get_context("spawn").Process(target=recorder_process, args=arguments)
    process.start()
    client = RemoteRecorderClient(socket)
    complete = asyncio.Event()
    client.on_changed(when_complete(complete))
    await client.open()
    await client.start(recording=RecordingId("rec"), room=RoomId("room"), node="media-1", title="")
    await node.all_tapped.wait()
    await asyncio.sleep(WARM_UP_S)
    usage = psutil.Process(process.pid)
    before, octets, begun = usage.cpu_times(), node.octets, time.perf_counter()
    await asyncio.sleep(seconds)
    after, elapsed = usage.cpu_times(), time.perf_counter() - begun
    cpu = after.user + after.system - before.user - before.system
    memory = usage.memory_info().rss / 1e6
    rate = (node.octets - octets) * 8 / elapsed / TRACKS / 1e6
    asked = time.perf_counter()
    await client.stop(recording=RecordingId("rec"))
    await asyncio.wait_for(complete.wait(), 60)
    ready = time.perf_counter() - asked
    await client.close()
    await node.close()
    process.terminate()
    await asyncio.to_thread(process.join)
    await runner.cleanup()
    return Figures(codec, rate, 100 * cpu / elapsed / TRACKS, memory, ready)


def when_complete(complete: asyncio.Event) -> Callable[[Changed], None]:
    def hear(change: Changed) -> None:
        if change.state is RecordingState.COMPLETE:
            complete.set()

    return hear


def long_recording(folder: SealedFolder, *, hours: float, tracks: int, events: int) -> float:
    """Seconds that it takes to complete a recording of this length."""
    count = int(hours * 900)
    rows = tuple(
        Track(
            publication=f"p{n}.scope",
            participant=f"p{n}",
            participant_name="",
            role="",
            source=Source.SCOPE,
            kind="video",
            parts=(_part(n, count),),
        )
        for n in range(1, tracks + 1)
    )
    manifest = Manifest(
        recording="rec",
        room="room",
        session=None,
        title="",
        origin_ms=0,
        duration_ms=count * 4000,
        state=RecordingState.RECORDING,
        tracks=rows,
    )
    data = {"author": "p1", "changes": {"put": [{"points": [0.1] * 200}], "removed": []}}
    place = 0
    with (folder.path / JOURNAL).open("wb") as file:
        for seq in range(events):
            line = encode_line(JournalEntry(seq=seq, at_ms=seq * 300, name="marks.changed", data=data))
            file.write(folder.sealed(JOURNAL, place, line))
            place += len(line)
    begun = time.perf_counter()
    finish(folder, manifest)
    return time.perf_counter() - begun


def _part(track: int, count: int) -> Part:
    names = [f"t{track:02d}p001-{n:05d}.m4s" for n in range(1, count + 1)]
    segments = [
        Segment(name=name, start_ms=4000 * n, duration_ms=4000, size=1) for n, name in enumerate(names)
    ]
    return Part(
        id=f"t{track:02d}p001",
        codec="H264",
        codec_string="avc1.42E01F",
        start_ms=0,
        end_ms=count * 4000,
        container="fmp4",
        state=PartState.READY,
        playlist=f"t{track:02d}p001.m3u8",
        segments=tuple(segments),
    )


def tables(seconds: float = SECONDS) -> list[Table]:
    """The tables; `seconds` is how long each codec is measured."""
    rows = []
    for codec in CODECS:
        with tempfile.TemporaryDirectory(prefix="bench-recording-") as place:
            figures = asyncio.run(measure(codec, Path(place), seconds))
        rows.append(
            (
                codec,
                f"{figures.mbit_per_s:.2f}",
                f"{figures.cpu_percent_per_track:.2f}",
                f"{figures.memory_mb:.0f}",
                f"{figures.ready_s:.2f}",
            )
        )
    with tempfile.TemporaryDirectory(prefix="bench-recording-") as place:
        long_s = long_recording(made(Path(place)), hours=2, tracks=6, events=20_000)
    headers = ("codec", "Mbit/s a track", "% of a core a track", "recorder MB", "replay ready s")
    return [
        Table(f"Recorder, {TRACKS} tracks ({os.cpu_count()} cores)", headers, tuple(rows)),
        Table(
            "Completing two hours",
            ("tracks", "segments", "events", "s"),
            (("6", "10800", "20000", f"{long_s:.2f}"),),
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    print_tables(tables(parser.parse_args().seconds))
