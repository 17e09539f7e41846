"""What a process does that gets no more memory: it ends, and whoever keeps it running starts it anew.

Caught where it is noticed, want of memory would leave one half of a process working and the other not, for
as long as nobody looks.
"""

import asyncio
import errno
import os
import sys
from typing import Any, Final, NoReturn

import structlog

EXIT_OUT_OF_MEMORY: Final = os.EX_OSERR
LAST_WORDS: Final = b'{"event": "process.out_of_memory", "level": "critical"}\n'
DEEPEST: Final = 8
PANIC: Final = "PanicException"


def end_when_out_of_memory() -> None:
    """From now on want of memory ends this process wherever it is seen: by its loop, or by what is logged.

    So does a panic of native code, whose state nobody can vouch for. One that writes where it came from needs
    memory for it under a lock, and a second want would wait for that lock for ever: so none is written.
    """
    os.putenv("RUST_BACKTRACE", "0")
    structlog.configure(processors=[_look, *structlog.get_config()["processors"]])
    asyncio.get_running_loop().set_exception_handler(_hear)


def is_want_of_memory(error: BaseException | None) -> bool:
    """Whether the error, or what caused it, says that there is no more, or is a panic of native code."""
    for _ in range(DEEPEST):
        if error is None:
            return False
        if isinstance(error, MemoryError) or type(error).__name__ == PANIC:
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        error = error.__cause__ or error.__context__
    return False


def _look(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    told = event.get("exc_info")
    error = told if isinstance(told, BaseException) else sys.exc_info()[1]
    if told and is_want_of_memory(error):
        _end()
    return event


def _hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if is_want_of_memory(context.get("exception")):
        _end()
    loop.default_exception_handler(context)


def _end() -> NoReturn:
    """Needs no memory of its own, and unwinds nothing."""
    os.write(2, LAST_WORDS)
    os._exit(EXIT_OUT_OF_MEMORY)
