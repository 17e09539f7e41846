"""Writes the vectors anew: `python -m tests.media.core.bandwidth_vectors.make`."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.simulated_line import Line, Run, Sender

HERE = Path(__file__).parent
TOLERANCE = 0.25
STRETCH_MS = 1_000.0


def dropping(now_ms: float) -> float:
    return 1_500_000 if now_ms < 3_000 else 400_000


LINES: dict[str, tuple[Callable[[], Line], float, float]] = {
    "finds": (lambda: Line(lambda _: 1_500_000), 3_000_000, 5_000),
    "reaches": (lambda: Line(lambda _: 6_000_000), 2_000_000, 3_000),
    "drops": (lambda: Line(dropping), 2_000_000, 7_000),
    "loses": (lambda: Line(lambda _: 2_000_000, loss=0.1), 1_500_000, 6_000),
}


def vector(run: Run, *, goal_bps: float, end_ms: float) -> dict[str, object]:
    stretches = [at * STRETCH_MS for at in range(1, int(end_ms / STRETCH_MS))]
    return {
        "goal_bps": goal_bps,
        "rtt_ms": 50,
        "tolerance": TOLERANCE,
        "checks": [[at, at + STRETCH_MS, round(run.mean(at, at + STRETCH_MS))] for at in stretches],
        "probes": [[round(ms, 2), first, last, round(bps)] for ms, first, last, bps in run.probes],
        "feedbacks": [
            [
                round(each.at_ms, 2),
                each.packet.base,
                [None if at is None else round(at, 2) for _, at in each.packet.statuses()],
            ]
            for each in run.feedbacks
        ],
        "sent": [[round(ms, 2), octets, number] for ms, octets, number in run.sent],
    }


def write() -> None:
    for name, (line, goal_bps, end_ms) in LINES.items():
        run = Sender(line(), goal_bps=goal_bps).until(end_ms)
        text = json.dumps(vector(run, goal_bps=goal_bps, end_ms=end_ms), separators=(",", ":"))
        lines = text.replace(',"', ',\n"').replace("]],[[", "]],\n[[")
        (HERE / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
