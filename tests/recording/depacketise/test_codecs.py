"""Every codec goes through packets, loss and reorder into files that decode to the same pictures."""

import io
import random

import av
import numpy as np
import pytest

from deploy.launch.demo.strip import read_stamp
from recording.containers.mp4 import Sample, fragment, init_segment, timescale_of
from recording.containers.scan import samples, scan
from recording.depacketise.formats import make_format
from recording.depacketise.frames import EncodedFrame, FrameAssembler
from recording.depacketise.packet import parse_packet
from recording.depacketise.reorder import ReorderBuffer
from tests.support.packetise import ENCODERS, Sender, encode_video, encode_voice

CODECS = sorted(ENCODERS)


def feed(codec: str, packets: list[tuple[float, bytes]]) -> tuple[list[EncodedFrame], FrameAssembler]:
    form = make_format(codec)
    assert form is not None
    assembler, buffer = FrameAssembler(form), ReorderBuffer()
    frames: list[EncodedFrame] = []
    for arrival_ms, data in packets:
        packet = parse_packet(data, arrival_ms)
        assert packet is not None
        for lost, ordered in buffer.push(packet):
            frames += assembler.push(lost, ordered)
    for lost, ordered in buffer.flush():
        frames += assembler.push(lost, ordered)
    return frames, assembler


def sent(codec: str, count: int, gop: int = 30) -> list[tuple[float, bytes]]:
    sender = Sender(codec)
    source = encode_voice(count / 30) if codec == "opus" else encode_video(codec, count, gop=gop)
    return [(frame.capture_ms, data) for frame in source for data in sender.packets(frame)]


def file_of(frames: list[EncodedFrame]) -> bytes:
    config = frames[0].config
    assert config is not None
    base = frames[0].timestamp
    step = timescale_of(config) // (50 if config.kind == "audio" else 30)
    made = [
        Sample((each.timestamp - base & 0xFFFFFFFF) + 7 * step, step, each.keyframe, each.data)
        for each in frames
    ]
    return init_segment(config) + fragment(1, made)


def counters(data: bytes) -> list[tuple[int, int | None]]:
    """Presentation time and counter of each decoded picture."""
    with av.open(io.BytesIO(data), "r") as container:
        seen = []
        for frame in container.decode(video=0):
            stamp = read_stamp(frame.to_ndarray(format="gray").astype(np.uint8))
            assert frame.pts is not None
            seen.append((frame.pts, stamp.counter if stamp else None))
        return seen


@pytest.mark.parametrize("codec", CODECS)
def test_pictures_come_out_as_they_went_in(codec: str) -> None:
    frames, assembler = feed(codec, sent(codec, 40))

    decoded = counters(file_of(frames))

    assert [counter for _, counter in decoded] == list(range(40))
    assert [time for time, _ in decoded] == [3000 * (n + 7) for n in range(40)]
    assert (frames[0].keyframe, assembler.packets_lost) == (True, 0)
    config = frames[0].config
    assert config is not None
    assert (config.width, config.height) == (320, 240)


@pytest.mark.parametrize("codec", CODECS)
def test_packets_out_of_order_lose_nothing(codec: str) -> None:
    packets = sent(codec, 20)
    random.Random(4).shuffle(order := list(range(len(packets))))
    near = sorted(range(len(packets)), key=lambda index: index + order[index] % 6)

    frames, _ = feed(codec, [packets[0], *(packets[index] for index in near if index)])

    assert [counter for _, counter in counters(file_of(frames))] == list(range(20))


@pytest.mark.parametrize("codec", CODECS)
def test_after_a_loss_nothing_comes_until_the_next_keyframe(codec: str) -> None:
    packets = sent(codec, 45, gop=15)
    starts = [
        index
        for index, (_, data) in enumerate(packets)
        if index == 0 or data[4:8] != packets[index - 1][1][4:8]
    ]
    lost = starts[20]

    frames, assembler = feed(codec, packets[:lost] + packets[lost + 1 :])

    assert [counter for _, counter in counters(file_of(frames))] == [*range(20), *range(30, 45)]
    assert assembler.packets_lost == 1
    assert not assembler.keyframe_wanted


@pytest.mark.parametrize("codec", [*CODECS, "opus"])
def test_random_bytes_never_raise(codec: str) -> None:
    form = make_format(codec)
    assert form is not None
    chance = random.Random(5)
    real = [data[12:] for _, data in sent(codec, 3)]
    for _ in range(3000):
        payload = bytearray(chance.choice(real)[: chance.randint(1, 60)])
        for _ in range(chance.randint(0, 4)):
            payload[chance.randrange(len(payload))] = chance.randrange(256)
        form.join([bytes(payload)] * chance.randint(1, 2))


def test_voice_comes_out_whole() -> None:
    frames, _ = feed("opus", sent("opus", 60))

    with av.open(io.BytesIO(file_of(frames)), "r") as container:
        decoded = sum(frame.samples for frame in container.decode(audio=0))

    assert decoded == 100 * 960


def test_a_torn_segment_is_read_up_to_its_last_whole_fragment() -> None:
    frames, _ = feed("H264", sent("H264", 8))
    made = [Sample(n * 3000, 3000, each.keyframe, each.data) for n, each in enumerate(frames)]
    first, second = fragment(1, made[:5]), fragment(2, made[5:])

    for keep in range(0, len(second), 97):
        found = scan(first + second[:keep])
        assert found is not None
        assert (found.octets, found.start, found.end, found.samples) == (len(first), 0, 15_000, 5)
    whole = scan(first + second)
    assert whole is not None
    assert (whole.octets, whole.end, whole.fragments) == (len(first + second), 24_000, 2)
    assert scan(first[:-1]) is None
    assert [each.data for each in samples(first + second)] == [each.data for each in frames]
