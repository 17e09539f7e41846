"""What was drawn on a frame lies on that frame of the recording, whatever its author's clock said."""

from pathlib import Path
from typing import Any

import pytest

from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.anchors import Frames, on_their_frames
from recording.containers.scan import samples
from recording.control import JournalEntry
from recording.manifest import Manifest
from recording.repair import repair, write_manifest
from recording.transcode import transcode_part
from tests.support.falls import times_of
from tests.support.packetise import Frame, Sender, encode_video
from tests.support.recordings import Stage, track_of

FRAME_MS = 40.0


class Lesson:
    """A recorded scope whose clock is told anew, and otherwise, every second."""

    def __init__(self, root: Path, codec: str) -> None:
        self.root = root
        self.stage = Stage(root)
        self.sender = Sender(codec)
        self.publication = ""
        self.base_ms = 0.0
        self.times_ms = [n * FRAME_MS for n in range(300)]

    async def record(self, *, without: frozenset[int] = frozenset()) -> Manifest:
        await self.stage.start()
        self.stage.clock.advance(1.234)
        self.publication = await self.stage.publish("p1", Source.SCOPE, self.sender)
        encoded = encode_video(self.sender.codec, 300, gop=50, captures_ms=self.times_ms)
        self.base_ms = self.stage.now_ms()
        for second in range(12):
            frames = [each for each in encoded[second * 25 : second * 25 + 25] if each.counter not in without]
            off_ms = (0, 90, -70, 45)[second % 4]
            self._tell(frames[0], off_ms)
            await self.stage.play(
                [(self.publication, self.sender, frames)], base_ms=self.base_ms, told_clock=False
            )
        return await self.stage.stop()

    def _tell(self, frame: Frame, off_ms: float) -> None:
        at_ms = frame.capture_ms
        self.stage.node.clock(self.publication, self.sender, at_ms, self.base_ms + at_ms + off_ms)

    def rtp(self, counter: int) -> int:
        return self.sender.timestamp(self.times_ms[counter])

    def anchor(self, counter: int, *, off_ms: float, **fields: Any) -> dict[str, Any]:
        at_ms = self.base_ms + self.times_ms[counter] + off_ms
        return {
            "publication": self.publication,
            "capture_ms": at_ms,
            "rtp_timestamp": self.rtp(counter),
            "rid": "",
            **fields,
        }


def recorded(folder: SealedFolder, manifest: Manifest, publication: str) -> list[float]:
    """Wall time of each frame as it is recorded."""
    rows = [row for part in track_of(manifest, publication).parts for row in part.segments]
    times = [each.time for row in rows for each in samples(folder.read(row.name))]
    assert [time for row in rows for time in times_of(folder, row.name)] == times
    return [manifest.origin_ms + time / 90 for time in times]


def exact(folder: SealedFolder, manifest: Manifest, anchor: dict[str, Any]) -> float | None:
    frames = Frames(folder, manifest)
    return frames.exact_ms(
        anchor["publication"], anchor["rid"], anchor["rtp_timestamp"], anchor["capture_ms"]
    )


@pytest.mark.parametrize("codec", ["VP9", "VP8"])
async def test_every_frame_is_found_by_its_rtp_time(tmp_path: Path, codec: str) -> None:
    lesson = Lesson(tmp_path, codec)
    manifest = await lesson.record()
    folder = lesson.stage.folder()

    found = [exact(folder, manifest, lesson.anchor(n, off_ms=(-1) ** n * 400.0)) for n in range(300)]

    assert found == recorded(folder, manifest, lesson.publication)
    assert len({row.rtp_timestamp for row in track_of(manifest, lesson.publication).parts[0].segments}) > 1
    if codec == "VP8":
        assert await transcode_part(folder, "t01p001")
        after = repair(folder)
        assert after is not None
        assert after.tracks[0].parts[0].codec == "H264"
        assert [exact(folder, after, lesson.anchor(n, off_ms=0)) for n in range(300)] == found


async def test_a_frame_that_was_lost_gives_the_one_before_it(tmp_path: Path) -> None:
    lesson = Lesson(tmp_path, "VP9")
    manifest = await lesson.record(without=frozenset({299}))
    last = recorded(lesson.stage.folder(), manifest, lesson.publication)[-1]

    assert exact(lesson.stage.folder(), manifest, lesson.anchor(299, off_ms=0)) == last


@pytest.mark.parametrize(
    "fields",
    [
        {"rid": "h"},
        {"publication": "p2.scope"},
        {"rtp_timestamp": 2_000_000_000},
        {"capture_ms": 5.0},
        {"rtp_timestamp": None},
        {},
    ],
)
async def test_another_layer_another_flow_and_an_unsure_page_keep_their_capture_time(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    lesson = Lesson(tmp_path, "VP9")
    manifest = await lesson.record()
    folder = lesson.stage.folder()
    target = {"kind": "live", **lesson.anchor(60, off_ms=-120), **fields}
    still = {"id": "s1", **lesson.anchor(61, off_ms=30), **fields}
    mark = {"id": "m1", "target": target, "shape": {}}
    marks = JournalEntry(
        seq=1, at_ms=1, name="marks.changed", data={"changes": {"put": [mark], "removed": []}}
    )
    frozen = JournalEntry(seq=2, at_ms=2, name="still.changed", data={"still": still})
    said = JournalEntry(seq=3, at_ms=3, name="comment.posted", data={"body": "?"})

    told = on_their_frames(Frames(folder, manifest), [marks, frozen, said])

    times = recorded(folder, manifest, lesson.publication)
    expected = target["capture_ms"] if fields else times[60]
    assert told[0].data == {
        "changes": {"put": [{**mark, "target": {**target, "capture_ms": expected}}], "removed": []}
    }
    assert told[1].data["still"]["capture_ms"] == (still["capture_ms"] if fields else times[61])
    assert told[2] == said
    assert marks.data["changes"]["put"][0]["target"] is target
    assert target["capture_ms"] == fields.get("capture_ms", lesson.anchor(60, off_ms=-120)["capture_ms"])


async def test_repair_after_a_crash_keeps_which_frame_a_segment_begins_with(tmp_path: Path) -> None:
    lesson = Lesson(tmp_path, "VP9")
    manifest = await lesson.record()
    folder = lesson.stage.folder()
    (part,) = track_of(manifest, lesson.publication).parts
    opened = part.segments[-1].model_copy(update={"size": 0, "duration_ms": 0})
    torn = part.model_copy(update={"segments": (*part.segments[:-1], opened)})
    track = manifest.tracks[0].model_copy(update={"parts": (torn,)})
    write_manifest(folder, manifest.model_copy(update={"tracks": (track,)}))

    repaired = repair(folder)

    assert repaired is not None
    assert repaired.tracks[0].parts[0].segments == part.segments
