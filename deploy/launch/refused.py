"""Why a start is refused: a stable code, and its sentence in both languages."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from deploy.launch.supervisor import SAYS
from platform_api.kernel.errors import AppError
from platform_api.kernel.sentences import Language, sentence

EXIT_UNABLE: Final = 3
Params: TypeAlias = dict[str, str | int | float]
OF_THE_PLACE: Final = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EEXIST,
        errno.EIO,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)
"""What the system says of a directory that cannot be used; other faults are ours and keep their traceback."""


class StartRefused(AppError):
    """This machine does not let us start; the command ends with exit code 3."""

    code = "launch.refused"

    def __str__(self) -> str:
        return "\n".join(
            f"{SAYS}{self.code}: {sentence(self.code, language, self.params)}" for language in Language
        )


@contextmanager
def place_in_use(place: Path) -> Iterator[None]:
    """Turns what the system says of the data directory into StartRefused."""
    try:
        yield
    except OSError as error:
        if error.errno not in OF_THE_PLACE:
            raise
        said = f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
        raise StartRefused("launch.data_unusable", params={"place": str(place), "reason": said}) from error
