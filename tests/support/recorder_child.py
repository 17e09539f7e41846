"""A recorder process fed with endless real packets, for tests that kill it.

Arguments: directory with the clips (pickled frames), directory of recordings, whether to stop by itself.
It prints, per second of media, the wall time up to which it has sent. Wall time runs four times as fast.
"""

import asyncio
import pickle
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.rooms import Source
from recording.service import Recorder
from tests.support.fake_node import FakeNode
from tests.support.packetise import Frame, Sender
from tests.support.recordings import settle
from tests.support.sealed import folders_of

SPEED = 4


async def main(clips: Path, root: Path, start_ms: float) -> None:
    clock, node = ManualClock(datetime.fromtimestamp(start_ms / 1000, UTC)), FakeNode()
    recorder = Recorder(folders_of(root), {"media-1": node}, clock, tick_s=1 / SPEED)
    await recorder.recover()
    await recorder.start(recording="rec", room="room", node="media-1", title="t")
    await settle()
    video: list[Frame]
    voice: list[Frame]
    video, voice = pickle.loads(clips.read_bytes())  # noqa: S301 - made by the test
    # Another run of the same publisher: other SSRCs, other RTP time.
    seed = int(start_ms) & 0xFFFFFF
    scope, sound = Sender("H264", ssrc=seed, base=seed * 7), Sender("opus", ssrc=seed + 1, base=seed * 5)
    pictures = node.publish("p1", Source.SCOPE, scope)
    speech = node.publish("p1", Source.VOICE, sound)
    await settle()
    node.clock(pictures, scope, 0, start_ms)
    node.clock(speech, sound, 0, start_ms)
    loop_ms = len(video) * 40
    for step in count():
        turn, index = divmod(step, len(video))
        capture_ms = turn * loop_ms + index * 40.0
        clock.advance(start_ms / 1000 + capture_ms / 1000 - clock.now().timestamp())
        frame = video[index]
        node.send_frame(
            pictures, scope, Frame(0, capture_ms, frame.data, frame.keyframe), start_ms + capture_ms
        )
        for half in (0, 1):
            tone = voice[(2 * step + half) % len(voice)]
            at_ms = capture_ms + 20 * half
            node.send_frame(speech, sound, Frame(0, at_ms, tone.data, True), start_ms + capture_ms)
        if step % 25 == 0:
            sys.stdout.write(f"{start_ms + capture_ms:.0f}\n")
            sys.stdout.flush()
        await asyncio.sleep(0.04 / SPEED)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
