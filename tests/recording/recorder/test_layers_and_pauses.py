"""One time line while layers come and go and the publisher pauses: no jump, no overlap, marks stay."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from platform_api.kernel.rooms import Source
from recording.anchors import Frames
from recording.manifest import Manifest
from tests.support.packetise import Frame, Sender, encode_video
from tests.support.recordings import DELAY_MS, Stage, shown, track_of
from tests.support.sealed import folder_of

FRAME_MS: Final = 40.0
SIZES: Final = {"h": (640, 480), "l": (160, 120)}
KEYFRAME_EVERY: Final = {"h": 50, "l": 47}
# Frames from, to, and the layers sent: both, the lower alone, both, nothing, both, nothing for long, both.
STRETCHES: Final = (
    (0, 150, "hl"),
    (150, 350, "l"),
    (350, 500, "hl"),
    (575, 675, "hl"),
    (1125, 1225, "hl"),
)
FOUND_WITHIN_MS: Final = 5_000.0
"""A layer that fell silent is believed gone after 1.5 s; the other begins with its next keyframe (2 s)."""


class Lesson:
    """A scope in two layers that show the same picture at the same time, recorded."""

    def __init__(self, root: Path) -> None:
        self.stage = Stage(root)
        self.senders = {"h": Sender("VP9", ssrc=1), "l": Sender("VP9", ssrc=2, base=3_000_000_000)}
        self.publication = ""
        self.base_ms = 0.0

    async def record(self) -> Manifest:
        await self.stage.start()
        self.stage.clock.advance(1.5)
        self.publication = await self.stage.publish("p1", Source.SCOPE, self.senders["h"])
        self.base_ms = self.stage.now_ms()
        for rid, sender in self.senders.items():
            self.stage.node.clock(self.publication, sender, 0, self.base_ms, rid=rid)
        next_tick_ms = self.stage.now_ms() + 1000
        for rid, frame in in_order(self.senders):
            arrival_ms = self.base_ms + frame.capture_ms + DELAY_MS
            while arrival_ms >= next_tick_ms:
                await self.stage.tick_at(next_tick_ms)
                next_tick_ms += 1000
            self.stage.clock.advance(max(0.0, arrival_ms - self.stage.now_ms()) / 1000)
            packets = self.senders[rid].packets(frame)
            self.stage.node.send(self.publication, packets, arrival_ms, rid=rid)
        await self.stage.tick_at(next_tick_ms)
        return await self.stage.stop()


def in_order(senders: dict[str, Sender]) -> Iterator[tuple[str, Frame]]:
    """Every frame of every layer as it is captured; an encoder that begins again begins with a keyframe."""
    frames: list[tuple[str, Frame]] = []
    for rid in senders:
        for first, end in stretches_of(rid):
            width, height = SIZES[rid]
            gop, rate = KEYFRAME_EVERY[rid], 900_000 if rid == "h" else 60_000
            captures = [number * FRAME_MS for number in range(first, end)]
            made = encode_video(
                "VP9", end - first, width=width, height=height, fps=25, gop=gop, bit_rate=rate,
                first=first, captures_ms=captures,
            )  # fmt: skip
            frames += [(rid, frame) for frame in made]
    yield from sorted(frames, key=lambda each: (each[1].capture_ms, each[0]))


def stretches_of(rid: str) -> list[tuple[int, int]]:
    """Without a break where one stretch goes on into the next."""
    joined: list[tuple[int, int]] = []
    for first, end, rids in STRETCHES:
        if rid in rids:
            before = joined[-1] if joined else None
            if before is not None and before[1] == first:
                joined[-1] = (before[0], end)
            else:
                joined.append((first, end))
    return joined


def gaps(times: Sequence[float], least_ms: float) -> list[float]:
    return [after - before for before, after in pairwise(times) if after - before > least_ms]


async def test_layers_that_change_and_pauses_leave_one_time_line_with_marks_on_their_frames(
    tmp_path: Path,
) -> None:
    lesson = Lesson(tmp_path)
    manifest = await lesson.record()

    parts = track_of(manifest, lesson.publication).parts
    pictures = [picture for part in parts for picture in shown(folder_of(tmp_path / "rec"), part)]
    origin_ms = manifest.origin_ms
    assert all(
        picture.counter is not None for picture in pictures
    )  # each can be read: none lacks its keyframe
    counters = [picture.counter or 0 for picture in pictures]
    off_ms = [
        picture.at_ms + origin_ms - lesson.base_ms - counter * FRAME_MS
        for picture, counter in zip(pictures, counters, strict=True)
    ]
    assert max(map(abs, off_ms)) <= 1
    assert counters == sorted(set(counters))
    for before, after in pairwise(parts):
        assert before.end_ms <= after.start_ms
    # What is missing: the pauses as they were, and the time until the lower layer was taken for the higher.
    first_low = next(counter for counter in counters if counter >= 150)
    assert first_low > 150
    assert (first_low - 150) * FRAME_MS <= FOUND_WITHIN_MS
    assert 350 in counters
    assert {499, 575, 674, 1125, 1224} <= set(counters)
    assert len(gaps([counter * FRAME_MS for counter in counters], 60)) == 3
    assert [(part.width, part.height) for part in parts][:3] == [SIZES["h"], SIZES["l"], SIZES["h"]]


async def test_a_mark_is_found_on_its_frame_before_and_after_each_change(tmp_path: Path) -> None:
    lesson = Lesson(tmp_path)
    manifest = await lesson.record()
    frames = Frames(folder_of(tmp_path / "rec"), manifest)

    for counter, rid in ((140, "h"), (340, "l"), (360, "h"), (499, "h"), (576, "h"), (1224, "h")):
        at_ms = lesson.base_ms + counter * FRAME_MS
        stamp = lesson.senders[rid].timestamp(counter * FRAME_MS)
        found = frames.exact_ms(lesson.publication, rid, stamp, at_ms + 170.0)

        assert found is not None, counter
        assert abs(found - at_ms) <= 1, counter
