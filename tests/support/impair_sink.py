"""What comes out at the far end of a bad line: `python -m tests.support.impair_sink ADDRESS COUNT QUIET_S`.

Prints its port, then reads datagrams that begin with their number and CLOCK_MONOTONIC of their sending, until
COUNT came or nothing for QUIET_S; prints, as JSON, for each its number and how many ms it was under way.
"""

import json
import socket
import struct
import sys
import time

SO_RCVBUFFORCE = 33  # of Linux; root alone
STAMP = struct.Struct("=Id")


def main() -> None:
    address, count, quiet_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        listening.bind((address, 0))
        listening.settimeout(quiet_s)
        print(listening.getsockname()[1], flush=True)
        found: list[tuple[int, float]] = []
        try:
            while len(found) < count:
                datagram = listening.recv(2048)
                number, sent_s = STAMP.unpack_from(datagram)
                found.append((number, (time.monotonic() - sent_s) * 1000))
        except TimeoutError:
            pass  # what has not come by now was lost
    print(json.dumps(found))


if __name__ == "__main__":
    main()
