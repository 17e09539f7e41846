"""A process that seals heads anew and says each file that it has done: told the folder and the file of keys."""

import sys
from pathlib import Path

from platform_api.files import FileDisk
from platform_api.files.rewrap import Rewrapped, Rewrapper
from platform_api.kernel.sealing import Sealer


def main(folder: str, keys: str) -> None:
    sealer = Sealer.from_file(Path(keys))
    rewrapper, done = Rewrapper(FileDisk(Path(folder), sealer)), Rewrapped()
    for each in rewrapper.names():
        print(each[1], flush=True)
        rewrapper.run([each], done)


if __name__ == "__main__":
    main(*sys.argv[1:])
