"""The process that carries packets between two TUN devices as badly as it is told.

`python -m tests.support.impair_forwarder SEED NEAR FAR CONTROL`: three inherited descriptors. NEAR is our end,
FAR the device's; what is read at NEAR goes `down` to FAR, what is read at FAR goes `up`. On CONTROL, lines of
JSON: `{"down": {…}, "up": {…}}` sets them, `{}` only asks; each is answered by the counters of both.
"""

import contextlib
import json
import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Final

from tests.support.impair_model import Line, Wire

LARGEST: Final = 65_536
BATCH: Final = 64
IDLE_S: Final = 1.0
AHEAD_OF_THE_MEASURED: Final = -5


@dataclass(slots=True)
class Way:
    """One direction: read here, write there."""

    wire: Wire
    reads: int
    writes: int
    refused: int = 0

    def carry_in(self) -> None:
        for _ in range(BATCH):
            try:
                self.wire.offer(os.read(self.reads, LARGEST), time.monotonic())
            except BlockingIOError:
                return

    def carry_out(self) -> None:
        for packet in self.wire.take(time.monotonic()):
            try:
                os.write(self.writes, packet)
            except OSError:  # the other end is down: this packet ends here, and is counted
                self.refused += 1


class Forwarder:
    """Both ways and who may change them."""

    def __init__(self, near: int, far: int, control: socket.socket, *, seed: int) -> None:
        self._ways = {
            "down": Way(Wire(Line(), seed=seed), near, far),
            "up": Way(Wire(Line(), seed=seed + 1), far, near),
        }
        self._control = control
        self._words = control.makefile("r", encoding="utf-8")

    def run(self) -> None:
        """Until the other end of the control line is closed."""
        readers = [self._control.fileno(), *(way.reads for way in self._ways.values())]
        while True:
            ready, _, _ = select.select(readers, [], [], self._wait_s())
            if readers[0] in ready and not self._obey():
                return
            for way in self._ways.values():
                if way.reads in ready:
                    way.carry_in()
                way.carry_out()

    def _wait_s(self) -> float:
        times = [at for way in self._ways.values() if (at := way.wire.next_s()) is not None]
        return min(IDLE_S, max(0.0, min(times) - time.monotonic())) if times else IDLE_S

    def _obey(self) -> bool:
        said = self._words.readline()
        if not said:
            return False
        for name, line in json.loads(said).items():
            self._ways[name].wire.set(Line(**line), time.monotonic())
        counts = {
            name: {**way.wire.counts.as_dict(), "refused": way.refused} for name, way in self._ways.items()
        }
        counts["cpu"] = {"seconds": time.process_time()}
        self._control.sendall(json.dumps(counts).encode() + b"\n")
        return True


def main() -> None:
    seed, near, far, control = (int(word) for word in sys.argv[1:])
    for fd in (near, far):
        os.set_blocking(fd, False)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, AHEAD_OF_THE_MEASURED)
    Forwarder(near, far, socket.socket(fileno=control), seed=seed).run()


if __name__ == "__main__":
    main()
