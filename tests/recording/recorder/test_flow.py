"""A flow holds a bounded number of frames, whatever the disk does."""

from media.client import TapPacket
from recording.depacketise.formats import FORMATS
from recording.flow import MAX_FRAMES_WAITING, Flow
from tests.support.packetise import Frame, Sender, encode_video


def test_frames_that_nobody_takes_are_shed_up_to_a_keyframe() -> None:
    frames = encode_video("VP8", 30, gop=30, width=64, height=48)
    flow, sender = Flow(FORMATS["vp8"], 90_000), Sender("VP8")

    for step in range(MAX_FRAMES_WAITING + 45):
        frame = frames[step % 30]
        for data in sender.packets(Frame(step, step * 33.3, frame.data, frame.keyframe)):
            flow.push(TapPacket("", step * 33.3, data))

    kept = flow.take(0.0)
    assert (kept[0].keyframe, kept[0].after_loss) == (True, True)
    assert len(kept) == 15
    assert flow.shed == MAX_FRAMES_WAITING


def test_broken_and_foreign_packets_are_ignored() -> None:
    flow = Flow(FORMATS["h264"], 90_000)

    for data in (b"", b"\x00" * 40, b"\x80", b"\xbf" + bytes(11), b"\x90\x60" + bytes(12) + b"\xff\xff"):
        flow.push(TapPacket("", 0.0, data))

    assert flow.take(1000.0, all_of_it=True) == []
