"""CR-01 for recordings: nothing of them lies in the clear, while they run, afterwards, and in old ones."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import KEY
from recording.control import JournalEntry
from recording.journal import FileJournalStore
from recording.manifest import RecordingState
from recording.repair import read_manifest
from recording.retention import delete_due, seal_old
from recording.store import JOURNAL, MANIFEST
from recording.transcode import transcode_part
from tests.support.packetise import Sender, encode_video
from tests.support.recordings import START, Stage, shown
from tests.support.sealed import folder_of, folders_of, plain_in

SAID: Final = "为什么？"
KNOWN: Final = (
    b"ftypiso6",
    b"\0\0\0\x10mfhd",
    b"avc1\0\0\0\0",
    b"comment.posted",
    b'"recording"',
    b"EXTM3U",
    SAID.encode(),
    b"p1.scope",
)


async def lesson(root: Path, *, end: bool) -> Stage:
    """A picture, VP8 that is made playable, and something said."""
    stage = Stage(root / "recordings")
    await stage.start()
    flows = []
    for participant, codec in (("p1", "H264"), ("p2", "VP8")):
        sender = Sender(codec)
        publication = await stage.publish(participant, Source.SCOPE, sender)
        flows.append((publication, sender, encode_video(codec, 90, gop=30)))
    journals = FileJournalStore(recordings=stage.recordings, rooms=folders_of(root / "rooms"))
    said = JournalEntry(seq=1, at_ms=int(stage.now_ms()), name="comment.posted", data={"body": SAID})
    for key in ("rec", "room:示教"):
        await journals.open(key).append([said])
    await journals.close()
    await stage.play(flows)
    if end:
        manifest = await stage.stop()
        assert await transcode_part(stage.folder(), manifest.tracks[1].parts[0].id)
    return stage


@pytest.mark.parametrize("end", [False, True])
async def test_CR_05_nothing_known_lies_in_the_clear(tmp_path: Path, end: bool) -> None:
    stage = await lesson(tmp_path, end=end)

    found = plain_in(tmp_path, KNOWN)

    print(f"recordings: {len(found)} of {len(KNOWN)} known words in the clear")
    assert found == []
    names = stage.folder().names()
    together = b"".join(map(stage.folder().read, names))
    assert [word for word in KNOWN if word not in together] == ([] if end else [b"EXTM3U"])
    if not end:
        await stage.stop()


async def test_a_recording_of_a_release_before_sealing_is_sealed_and_plays(tmp_path: Path) -> None:
    stage = await lesson(tmp_path, end=True)
    old = tmp_path / "old" / "rec"
    old.mkdir(parents=True)
    for name in stage.folder().names():
        (old / name).write_bytes(stage.folder().read(name))
    (tmp_path / "old" / "transcode-rec-t01p001").mkdir()
    (tmp_path / "old" / "transcode-rec-t01p001" / "target.nut").write_bytes(b"ftypiso6")
    assert len(plain_in(old, KNOWN)) > len(KNOWN)

    seal_old(folders_of(tmp_path / "old"), holding=MANIFEST)

    folder = folder_of(old)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert plain_in(tmp_path / "old", KNOWN) == []
    for track in manifest.tracks:
        assert [each.counter for each in shown(folder, track.parts[0])] == list(range(90))
    assert folder.read(JOURNAL) == stage.folder().read(JOURNAL)


async def test_PR_10_a_recording_whose_time_is_over_leaves_no_key(tmp_path: Path) -> None:
    stage = await lesson(tmp_path, end=True)
    kept = tmp_path / "an older name of it"
    kept.hardlink_to(stage.folder().path / KEY)

    gone = delete_due(stage.recordings, now=START + timedelta(days=40), keep_days=30)

    assert gone == ("rec",)
    assert set(kept.read_bytes()) == {0}
    assert list(stage.root.iterdir()) == []


async def test_a_recording_goes_on_after_a_release_before_sealing(tmp_path: Path) -> None:
    stage = await lesson(tmp_path, end=False)
    await stage.recorder.close()
    old = tmp_path / "old" / "rec"
    old.mkdir(parents=True)
    for name in stage.folder().names():
        (old / name).write_bytes(stage.folder().read(name))

    again = Stage(tmp_path / "old", clock=stage.clock)
    await again.recorder.recover()
    manifest = await again.stop()

    assert manifest.state is RecordingState.COMPLETE
    assert [each.counter for each in shown(again.folder(), manifest.tracks[0].parts[0])] == list(range(90))
    assert plain_in(tmp_path / "old", KNOWN) == []
