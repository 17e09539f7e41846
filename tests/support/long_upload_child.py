"""A process that takes a piece of an upload and is killed in the middle: told the folder, the key and the id."""

import os
import sys
import threading
from pathlib import Path

from platform_api.files.model import UploadId
from platform_api.files.parts import Parts
from platform_api.kernel.sealing import Sealer


def main(folder: str, key: str, upload: str) -> None:
    part = Parts(Path(folder), Sealer.from_text(key)).open(UploadId(upload))
    while data := os.read(0, 70_000):
        part.write(data)
        part.stream.flush()
        print(part.offset, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
