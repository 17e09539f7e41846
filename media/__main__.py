"""Runs one media node by itself: `python -m media [settings.toml]`; ends at SIGTERM or SIGINT."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from media.app import run_node
from media.config import MediaSettings
from platform_api.kernel.config import Settings, SettingsError
from platform_api.kernel.log import configure_logging


async def main() -> None:
    settings = Settings.read(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    running = asyncio.current_task()
    if running is not None:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wanted, running.cancel)
    await run_node(settings.section("media", MediaSettings))


configure_logging()
with contextlib.suppress(asyncio.CancelledError):
    try:
        asyncio.run(main())
    except SettingsError as refused:
        print(f"scopecast: {refused}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
