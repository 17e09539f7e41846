"""A stranger in a process of its own: `python -m tests.support.junk_child PORT SECONDS`, prints what it sent.

Ten thousand datagrams a second to the UDP port, as far as the machine has the time, and a connection to the TCP
port twenty times a second; empty, junk, STUN with a bad attribute, DTLS alerts, plain RTP.
"""

import contextlib
import os
import random
import socket
import sys
import time
from typing import Final

A_SECOND: Final = 10_000
TURN_S: Final = 0.002
CALL_EVERY_S: Final = 0.05
KINDS: Final = (
    b"",
    b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x00\x06\xff\xff" + bytes(4),
    b"\x15\xfe\xfd" + bytes(15),
    b"\x80\x60" + bytes(300),
    os.urandom(700),
    os.urandom(30),
)


def call(port: int) -> None:
    """Says junk over TCP and goes."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(os.urandom(200))


def flood(port: int, seconds: float) -> int:
    noise, sent, began, next_call = random.Random(22), 0, time.monotonic(), 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        while (elapsed := time.monotonic() - began) < seconds:
            for _ in range(min(round(elapsed * A_SECOND) - sent, 500)):
                stranger.sendto(noise.choice(KINDS), ("127.0.0.1", port))
                sent += 1
            if elapsed >= next_call:
                next_call = elapsed + CALL_EVERY_S
                call(port)
            time.sleep(TURN_S)
    return sent


if __name__ == "__main__":
    sys.stdout.write(f"{flood(int(sys.argv[1]), float(sys.argv[2]))}\n")
