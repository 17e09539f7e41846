"""What a recording misses when a media node or the recorder is killed, with the demonstration's real encoders."""

import asyncio
import tempfile
import time
from pathlib import Path

from deploy.launch.supervisor import STABLE_AFTER_S
from recording.manifest import RecordingState
from tests.bench.table import Table, percentile
from tests.support.caller import calling
from tests.support.falls import manifest_of, missing_ms, recorder_of, recording_of, sample_ms
from tests.support.product import Product, running_product
from tests.support.watch import until

FALLS = 4
WARM_UP_S = 6.0
LIMIT_MS = "3000"


async def fall(product: Product, what: str) -> float:
    """Kills the part that does this work now; gives the wall time in ms."""
    part = recorder_of(product) if what == "recorder" else "media-1"
    fell_ms = time.time() * 1_000
    product.kill(part)
    await asyncio.sleep(STABLE_AFTER_S + 1)  # one that falls sooner again is started later
    return fell_ms


async def measure() -> list[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder,
        running_product(Path(folder)) as product,
    ):
        async with calling(product, "expert") as expert:
            await asyncio.sleep(WARM_UP_S)
            falls = {
                what: [await fall(product, what) for _ in range(FALLS)] for what in ("media node", "recorder")
            }
            await expert.told("POST", f"/sessions/{product.ready['demo']['session']}/end", {})
        await until(lambda: manifest_of(product).state is RecordingState.COMPLETE, "complete", within_s=30.0)
        made = manifest_of(product)
        times = {track.source: sample_ms(recording_of(product), track) for track in made.tracks}
        rows = [
            _row(what, source, [missing_ms(each, fell - made.origin_ms) for fell in moments])
            for what, moments in falls.items()
            for source, each in sorted(times.items())
        ]
    headers = ("killed", "track", "falls", "p50", "worst", "at most")
    return [Table("Missing in the recording after a kill -9 (ms)", headers, tuple(rows))]


def _row(what: str, source: str, values: list[float]) -> tuple[str, ...]:
    return (what, source, str(len(values)), f"{percentile(values, 0.5):.0f}", f"{max(values):.0f}", LIMIT_MS)


def tables() -> list[Table]:
    return asyncio.run(measure())
