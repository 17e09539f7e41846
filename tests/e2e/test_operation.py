"""Operators at their pages in a real browser: dead letters run again, waiting jobs cancelled, the house at a glance."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, DATABASE
from platform_api.jobs import Owner, store
from platform_api.jobs.model import HOUSE
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.teaching.jobs import TranscodePart
from tests.support.browser import PHONE, person
from tests.support.caller import calling
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

TESTER = Actor(subject="system:test")
SLOW_MS = 30_000


async def leave_job(product: Product, part: str) -> None:
    """Work whose recording is not there: it fails."""
    async with calling(product, "administrator") as admin:
        mine = (await admin.told("GET", "/auth/me"))["user"]["organisation"]["id"]
    server = EmbeddedPostgres(product.data_dir / "postgres")
    database = Database(server.dsn(role=APP_ROLE, database=DATABASE))
    await database.open()
    try:
        async with database.transaction(TESTER) as transaction:
            owner = Owner(organisation=OrganisationId(mine), subject=HOUSE.subject, name="王医生")
            spec = TranscodePart(recording_id="rec-lost", part_id=part)
            await store.add(transaction, new_id(), spec, owner, SystemClock().now())
    finally:
        await database.close()


async def seen(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)


async def test_an_operator_sees_a_dead_letter_come_and_runs_it_again(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    context = await person(browser, base_url=product.url)
    page = await new_page(context)
    await sign_in(page, product, "system")
    await page.goto("/app/admin/jobs")
    await page.get_by_test_id("schedules").get_by_text("审计完整性核对").wait_for()
    await leave_job(product, "part-1")

    failed = page.get_by_test_id("table-jobs").get_by_text("失败")
    await failed.first.wait_for(timeout=SLOW_MS)
    await seen(page, tmp_path, "jobs-desk")
    await page.get_by_test_id("job-again").click()
    async with page.expect_response(lambda answer: "/jobs/live" in answer.url, timeout=SLOW_MS):
        pass
    await failed.first.wait_for(timeout=SLOW_MS)
    async with calling(product, "audit") as auditor:
        trail = await auditor.told("GET", "/audit?tag=job.run_again")
    assert len(trail["items"]) == 1

    await page.goto("/app/admin/operation")
    parts = page.get_by_test_id("operation-parts")
    for name in ("数据库", "媒体节点", "录制", "任务进程", "存储", "证书"):
        await expect(parts.get_by_text(name, exact=True)).to_be_visible()
    await expect(parts.get_by_text("异常")).to_have_count(0)
    await seen(page, tmp_path, "operation-desk")
    await page.goto("/app/me/sights")
    await seen(page, tmp_path, "sights-desk")
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    for name, path, mark in (
        ("jobs", "/app/admin/jobs", "schedules"),
        ("operation", "/app/admin/operation", "operation"),
        ("sights", "/app/me/sights", "sights"),
    ):
        await page.goto(path)
        await page.get_by_test_id(mark).or_(page.get_by_role("status")).first.wait_for()
        await seen(page, tmp_path, f"{name}-phone")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_an_operator_has_what_is_kept_weighed_and_sees_whose_it_is(
    browser: Browser, product: Product, tmp_path: Path, locale: str
) -> None:
    context = await person(browser, base_url=product.url, locale=locale)
    page = await new_page(context)
    await sign_in(page, product, "system")
    await page.goto("/app/admin/operation")
    storage = page.get_by_test_id("storage")
    weigh = page.get_by_test_id("storage-weigh")
    await weigh.click()
    await expect(weigh).to_be_enabled(timeout=SLOW_MS)

    await expect(storage.locator("dd.total")).to_have_text(re.compile(r"^[0-9.]+ (MB|GB)$"))
    await expect(storage.get_by_text(re.compile("^(数据库|Database)$"))).to_be_visible()
    await seen(page, tmp_path, f"storage-{locale}-desk")
    await page.get_by_role("link", name=re.compile("按单位查看|By organisation")).click()
    rows = page.get_by_test_id("table-scroller").locator("tbody tr")
    await expect(rows.first).to_contain_text(re.compile(r"[0-9.]+ (KB|MB|GB)"))
    await seen(page, tmp_path, f"storage-list-{locale}-desk")
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await expect(page.get_by_test_id("table-cell").first).to_contain_text(re.compile(r"[0-9.]+ (KB|MB|GB)"))
    await seen(page, tmp_path, f"storage-list-{locale}-phone")
    await page.goto("/app/admin/operation")
    await storage.locator("dd.total").wait_for()
    await seen(page, tmp_path, f"storage-{locale}-phone")
