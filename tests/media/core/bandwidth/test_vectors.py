"""The lines that both estimators are held to (`tests/media/core/bandwidth_vectors`)."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from media.core.bandwidth.estimator import BandwidthEstimator
from media.core.bandwidth.probing import DURATION_MS, ProbePlan
from media.core.bandwidth.reports import PacketReport, SendLog
from media.core.twcc import make_feedback

VECTORS = sorted((Path(__file__).parents[1] / "bandwidth_vectors").glob("*.json"))


def replay(vector: dict[str, Any]) -> list[tuple[float, int]]:
    """(ms, estimate) after each feedback."""
    estimator, log = BandwidthEstimator(), SendLog()
    estimator.goal_bps = vector["goal_bps"]
    sent = iter(vector["sent"])
    next_sent = next(sent, None)
    begins = {first: (began_ms, bps) for began_ms, first, _, bps in vector["probes"]}
    ends = {last for _, _, last, _ in vector["probes"]}
    estimates = []
    for at_ms, base, arrivals in vector["feedbacks"]:
        while next_sent is not None and next_sent[0] < at_ms:
            now_ms, octets, number = next_sent
            if number in begins:
                began_ms, bps = begins[number]
                estimator.probe_began(ProbePlan(bps, DURATION_MS), number, began_ms)
            assert log.sent(octets, now_ms) == number
            if number in ends:
                estimator.probe_ended(number)
            next_sent = next(sent, None)
        reports = reports_of(log, base, arrivals)
        estimator.on_reports(reports, now_ms=at_ms, rtt_ms=vector["rtt_ms"])
        estimates.append((at_ms, estimator.bitrate_bps))
    return estimates


def reports_of(log: SendLog, base: int, arrivals: list[float | None]) -> list[PacketReport]:
    come = [(base + place, at_ms) for place, at_ms in enumerate(arrivals) if at_ms is not None]
    feedback, held = make_feedback(1, 2, 0, come)
    assert held == len(come)
    known = {report.number: report for report in log.take(feedback)}
    lost = [base + place for place, at_ms in enumerate(arrivals) if at_ms is None]
    for number in lost:
        place = number & SendLog.MASK
        known[number] = PacketReport(number, log.sent_ms[place], None, log.octets[place])
    return [known[number] for number in sorted(known)]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_estimates_are_those_of_the_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))

    estimates = replay(vector)

    assert len(vector["checks"]) >= 2
    assert all(before[0] < after[0] for before, after in pairwise(estimates))
    for from_ms, to_ms, expected in vector["checks"]:
        found = [bps for at_ms, bps in estimates if from_ms <= at_ms < to_ms]
        mean = sum(found) / len(found)
        assert mean == pytest.approx(expected, rel=0.05), f"from {from_ms} to {to_ms} ms"
