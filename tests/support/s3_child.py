"""A process that speaks S3 on loopback (moto's server): prints its address, ends when its standard input does."""

import logging
import os
import sys

from moto.server import ThreadedMotoServer


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request on standard error helps nobody
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()
    os._exit(0)  # waits for none of the server's threads


if __name__ == "__main__":
    main()
