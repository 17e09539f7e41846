"""The bad line itself, as a pure model: what a table says of it must be what it does."""

import itertools

import pytest

from tests.support.impair_model import Line, Wire

PACKET = bytes(1250)  # ten ms at 1 Mbit/s


def run(line: Line, count: int, *, every_s: float = 0.001, seed: int = 7) -> tuple[list[int], Wire]:
    """Offers numbered packets at equal distances, then waits for all; gives the numbers that came out."""
    wire, found = Wire(line, seed=seed), []
    for number in range(count):
        wire.offer(number.to_bytes(4, "big") + PACKET[4:], number * every_s)
        found += wire.take(number * every_s)
    while (at := wire.next_s()) is not None:
        found += wire.take(at)
    return [int.from_bytes(packet[:4], "big") for packet in found], wire


def test_a_perfect_line_gives_everything_at_once_and_in_order() -> None:
    wire = Wire(Line(), seed=1)
    wire.offer(b"a", 5.0)
    wire.offer(b"b", 5.0)

    assert wire.take(5.0) == [b"a", b"b"]
    assert wire.next_s() is None


def test_delay_is_the_delay() -> None:
    wire = Wire(Line(delay_ms=25), seed=1)
    wire.offer(b"a", 1.0)

    assert wire.next_s() == pytest.approx(1.025)
    assert wire.take(1.0249) == []
    assert wire.take(1.0251) == [b"a"]


@pytest.mark.parametrize(("loss", "burst"), [(0.05, 1.0), (0.1, 1.0), (0.1, 4.0), (0.2, 3.0)])
def test_losses_are_as_many_and_in_bursts_as_long_as_said(loss: float, burst: float) -> None:
    count = 60_000
    found, wire = run(Line(loss=loss, burst=burst), count)

    assert wire.counts.lost == count - len(found)
    assert wire.counts.lost / count == pytest.approx(loss, rel=0.1)
    lost = sorted(set(range(count)) - set(found))
    runs = 1 + sum(b - a > 1 for a, b in itertools.pairwise(lost))
    expected = burst if burst > 1 else 1 / (1 - loss)
    assert len(lost) / runs == pytest.approx(expected, rel=0.1)


def test_the_same_seed_loses_the_same() -> None:
    first, second, other = (run(Line(loss=0.1), 2000, seed=seed)[0] for seed in (3, 3, 4))

    assert first == second
    assert first != other


def test_jitter_spreads_over_its_range_and_keeps_the_order() -> None:
    wire, delays = Wire(Line(delay_ms=10, jitter_ms=40), seed=2), []
    for number in range(1000):
        wire.offer(b"x", number * 0.2)
        at = wire.next_s()
        assert at is not None
        assert wire.take(at) == [b"x"]
        delays.append((at - number * 0.2) * 1000)
    found, _ = run(Line(delay_ms=10, jitter_ms=200), 2000)

    assert min(delays) == pytest.approx(10, abs=1)
    assert max(delays) == pytest.approx(50, abs=1)
    assert sum(delays) / len(delays) == pytest.approx(30, abs=2)
    assert found == list(range(2000))


def test_some_are_overtaken_when_told() -> None:
    found, _ = run(Line(reorder=0.1, reorder_ms=5), 2000)

    assert sorted(found) == list(range(2000))
    overtaken = sum(later < earlier for earlier, later in itertools.pairwise(found))
    assert overtaken == pytest.approx(200, rel=0.4)


def test_the_rate_is_kept_and_a_full_queue_drops_its_tail() -> None:
    wire = Wire(Line(rate_kbps=1000, queue_ms=100), seed=1)
    for _ in range(30):  # 300 ms of the line at once
        wire.offer(PACKET, 0.0)

    assert wire.counts.full == 30 - 11  # up to 100 ms wait already, and one more comes in
    assert [len(wire.take(at)) for at in (0.0099, 0.0101, 0.0501, 1.0)] == [0, 1, 4, 6]


def test_what_waits_gets_the_new_rate() -> None:
    wire = Wire(Line(rate_kbps=1000, queue_ms=500), seed=1)
    for _ in range(5):
        wire.offer(PACKET, 0.0)
    wire.set(Line(rate_kbps=100, queue_ms=500), 0.005)

    assert len(wire.take(0.0101)) == 1  # was on its way into the line
    assert len(wire.take(0.1099)) == 0
    assert len(wire.take(0.1101)) == 1
    wire.set(Line(), 0.1102)
    assert len(wire.take(0.2102)) == 3


def test_a_dead_line_takes_everything_and_speaks_again() -> None:
    wire = Wire(Line(dead=True), seed=1)
    wire.offer(b"a", 0.0)
    wire.set(Line(), 1.0)
    wire.offer(b"b", 1.0)

    assert wire.take(2.0) == [b"b"]
    assert wire.counts.lost == 1


def test_a_line_carries_only_the_protocols_that_it_is_to() -> None:
    udp, tcp = (bytes(9) + bytes([protocol]) + bytes(10) for protocol in (17, 6))
    for line, expected in ((Line(udp=False), [tcp]), (Line(tcp=False), [udp])):
        wire = Wire(line, seed=1)
        wire.offer(udp, 0.0)
        wire.offer(tcp, 0.0)

        assert wire.take(0.0) == expected
