"""Parts are killed and the page is loaded anew: one is back in the same seat by oneself, and nothing is lost."""

import asyncio
import resource
import time
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from media.client import MediaAway, MediaClient
from media.control import Negotiate
from media.remote import RemoteMediaClient
from recording.manifest import RecordingState
from tests.support.caller import calling
from tests.support.falls import manifest_of, missing_ms, recorder_of, recording_of, sample_ms
from tests.support.fault_line import fault_line
from tests.support.offers import offer, section
from tests.support.product import Product, running_product
from tests.support.room import SCOPE, enter
from tests.support.seat import joins, say, seats, until_live, until_said_once
from tests.support.watch import PATIENCE_MS, frames_shown, hear, until, until_moving

pytestmark = pytest.mark.e2e

PICTURE_BACK_MS = 20_000
MOST_PEERS = 2_000
LOST_MOST_MS = 3_000

COMPLETE_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own, because its parts are killed and its session is ended."""
    with running_product(tmp_path_factory.mktemp("victim")) as product:
        yield product


def now_ms() -> float:
    return time.time() * 1000


async def test_the_picture_goes_on_while_the_front_is_killed(browser: Browser, victim: Product) -> None:
    expert = await enter(browser, victim, "expert")
    viewer = await enter(browser, victim, "doctor")
    before = seats(victim)
    await say(expert, "前台重启之前")
    await expect(viewer.get_by_text("前台重启之前").first).to_be_visible()
    said = hear(viewer)

    victim.kill("front")
    await viewer.locator("[data-testid=room]:not([data-line=live])").wait_for(timeout=PATIENCE_MS)
    await until_moving(viewer, SCOPE, frames=10)
    assert await viewer.get_by_test_id("room").get_attribute("data-media") == "up"

    await until_live(expert)
    await until_live(viewer)
    await say(expert, "前台重启之后")
    await until_said_once(viewer, victim, ["前台重启之前", "前台重启之后"])
    await until_moving(viewer, SCOPE, frames=10)
    assert seats(victim) == before
    assert joins(said)
    assert all(joins(said))


async def test_F10_a_media_node_without_memory_ends_alone_and_is_started_again(
    browser: Browser, victim: Product
) -> None:
    viewer = await enter(browser, victim, "doctor")
    others = {part: victim.pid(part) for part in ("front", "recorder", "recorder-standby", "worker")}
    starved, shown = victim.pid("media-1"), await frames_shown(viewer, SCOPE)

    resource.prlimit(starved, resource.RLIMIT_AS, (0, 0))  # what it has it keeps; it gets no more
    await crowd_out(victim)
    await until(lambda: victim.pid("media-1") != starved, "the starved node is replaced")
    fell_s = time.monotonic()
    await say(viewer, "内存不足时")
    await until_anew(viewer, shown)
    away_s = time.monotonic() - fell_s

    print(fault_line("F10", "picture back", [away_s], holds=away_s <= 10, unit="s", lost=0))
    assert away_s <= 10
    last_words = (victim.data_dir / "logs" / "media-1.log").read_text()
    assert any(
        each in last_words for each in ("process.out_of_memory", "memory allocation of")
    )  # either plane's
    assert {part: victim.pid(part) for part in others} == others
    await until_said_once(viewer, victim, ["内存不足时"])


async def test_one_recording_over_a_killed_recorder_and_a_killed_media_node(
    browser: Browser, victim: Product
) -> None:
    viewer = await enter(browser, victim, "doctor2")
    before = seats(victim)
    await until_kept(victim, 2_000_000)

    recorder_fell = now_ms()
    killed = victim.kill(recorder_of(victim))
    await say(viewer, "刷新之前")
    await viewer.reload()
    await until_moving(viewer, SCOPE)
    await say(viewer, "刷新之后")
    await until_said_once(viewer, victim, ["刷新之前", "刷新之后"])
    await until_kept(victim, 2_000_000)

    node_fell = now_ms()
    await node_killed(viewer, victim)
    await until_said_once(viewer, victim, ["刷新之前", "刷新之后"])
    assert seats(victim) == before
    await until_kept(victim, 2_000_000)

    async with calling(victim, "expert") as expert:
        await expert.told("POST", f"/sessions/{victim.ready['demo']['session']}/end")
    ended = now_ms()
    await expect(viewer.get_by_test_id("room-ended")).to_be_visible(timeout=PATIENCE_MS)
    await until(
        lambda: manifest_of(victim).state is RecordingState.COMPLETE, "complete", within_s=COMPLETE_WITHIN_S
    )
    assert killed not in {victim.pid("recorder"), victim.pid("recorder-standby")}
    judge(victim, recorder_fell, node_fell, ended)


def judge(product: Product, recorder_fell: float, node_fell: float, ended: float) -> None:
    """One timeline of all tracks; wall times in ms."""
    made = manifest_of(product)
    assert made.duration_ms == pytest.approx(ended - made.origin_ms, abs=LOST_MOST_MS)
    assert sorted(track.source for track in made.tracks) == ["hand", "scope", "voice"]
    for track in made.tracks:
        times = sample_ms(recording_of(product), track)
        lost = {
            "recorder": missing_ms(times, recorder_fell - made.origin_ms, node_fell - made.origin_ms),
            "node": missing_ms(times, node_fell - made.origin_ms),
        }
        print(track.source, lost)
        assert lost["recorder"] <= LOST_MOST_MS
        assert lost["node"] <= LOST_MOST_MS


async def crowd_out(product: Product) -> None:
    """Peers come until the node has no memory for one more."""
    client = RemoteMediaClient(product.data_dir / "run" / "media-1.sock")
    await client.start()
    try:
        await asyncio.wait_for(client.linked(), 20)
        with pytest.raises(MediaAway):
            await sit_down(client)
    finally:
        await client.close()


async def sit_down(client: MediaClient) -> None:
    """MOST_PEERS viewers in rooms of their own."""
    wants = offer(*(section(str(mid)) for mid in range(8)))
    for number in range(MOST_PEERS):
        name = f"crowd-{number}"
        await client.negotiate(Negotiate(room=name, participant=name, peer=name, offer=wants))


async def node_killed(viewer: Page, product: Product) -> None:
    """The picture is back by itself; nobody signs in and nobody takes a seat for it."""
    said = hear(viewer)
    signed_in: list[str] = []
    viewer.on("request", lambda asked: signed_in.append(asked.url) if "/auth/login" in asked.url else None)
    shown = await frames_shown(viewer, SCOPE)
    killed = product.kill("media-1")
    await until(lambda: product.pid("media-1") != killed, "the media node is started again")
    await until_anew(viewer, shown)
    assert signed_in == []
    assert joins(said) == []


async def until_anew(viewer: Page, shown: int) -> None:
    """The picture runs again; over another connection its frames are counted from the beginning."""
    await viewer.wait_for_function(
        "([tile, before]) => { const count = Number(document.querySelector(tile)?.dataset.frames ?? 0);"
        " return count >= 30 && count < before || count >= before + 30; }",
        arg=[SCOPE, shown],
        timeout=PICTURE_BACK_MS,
    )
    await until_live(viewer, timeout_ms=PICTURE_BACK_MS)


async def until_kept(product: Product, more: int) -> None:
    """Waits until so many bytes more are in the files of the recording."""

    def kept() -> int:
        return sum(path.stat().st_size for path in recording_of(product).path.glob("*.m4s"))

    goal = kept() + more
    await until(lambda: kept() >= goal, "more is on the disk")
