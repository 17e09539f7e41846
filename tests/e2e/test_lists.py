"""A list on the screen, and a list taken away: found, sorted, kept as a view; agreed to by a second person."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

HOSPITAL = "演示省肿瘤医院"


async def at_list(browser: Browser, product: Product, role: str, path: str) -> Page:
    context = await person(browser, base_url=product.url)
    page = await new_page(context)
    await sign_in(page, product, role)
    await page.goto(path)
    return page


def rows(page: Page) -> Locator:
    return page.locator("[data-testid=table-scroller] tbody tr.row")


async def names(page: Page) -> list[str]:
    """The first column as it stands."""
    return [text.strip() for text in await rows(page).locator("td:first-child").all_inner_texts()]


async def test_a_list_is_searched_filtered_sorted_and_kept_as_a_view(
    browser: Browser, product: Product
) -> None:
    page = await at_list(browser, product, "administrator", "/app/admin/users")
    await expect(rows(page).first).to_be_visible()
    upwards = await names(page)
    of_hospital = await rows(page).filter(has_text=HOSPITAL).count()
    assert 0 < of_hospital < len(upwards)

    await page.get_by_role("button", name="姓名").click()
    await expect(page.locator("th[aria-sort=descending]")).to_contain_text("姓名")
    await expect(rows(page).first).to_contain_text(upwards[-1])
    assert await names(page) == upwards[::-1]

    await page.get_by_test_id("table-search").fill("wjg")
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page).first).to_contain_text("王建国")
    await page.get_by_test_id("table-search").fill("")
    await expect(rows(page)).to_have_count(len(upwards))

    await rows(page).filter(has_text="王建国").get_by_role("button", name=HOSPITAL).click()
    await expect(page.get_by_test_id("table-chips")).to_contain_text(f"机构：{HOSPITAL}")
    await expect(rows(page)).to_have_count(of_hospital)

    await page.get_by_test_id("table-columns").click()
    await page.get_by_role("dialog").get_by_text("用户名", exact=True).click()
    await page.get_by_test_id("columns-apply").click()
    await expect(page.locator("th").filter(has_text="用户名")).to_have_count(0)

    await page.get_by_test_id("table-views").click()
    await page.get_by_test_id("view-name").fill("医院的人")
    await page.get_by_test_id("view-save").click()
    await expect(page.get_by_role("dialog").get_by_text("医院的人")).to_be_visible()
    await page.goto("/app/admin/users")
    await expect(rows(page)).to_have_count(len(upwards))
    await page.get_by_test_id("table-views").click()
    await page.get_by_role("dialog").get_by_role("button", name="打开").click()
    await expect(rows(page)).to_have_count(of_hospital)
    await expect(page.locator("th").filter(has_text="用户名")).to_have_count(0)
    assert [name for name in upwards[::-1] if name in await names(page)] == await names(page)


async def test_who_holds_a_role_and_who_acted_are_found_by_name(browser: Browser, product: Product) -> None:
    page = await at_list(browser, product, "administrator", "/app/admin/roles")
    await page.get_by_role("button", name=re.compile(r"人 医生$")).click()
    await page.get_by_test_id("holders-in-users").click()
    await expect(page.get_by_test_id("table-chips")).to_contain_text("角色：医生")
    for name in ("孙丽", "赵敏"):
        await expect(rows(page).filter(has_text=name)).to_have_count(1)
    await expect(rows(page).filter(has_not_text="医生")).to_have_count(0)
    await expect(rows(page).filter(has_text="王建国")).to_have_count(0)

    await page.keyboard.press("Control+k")
    await page.get_by_test_id("search-words").fill("wjg")
    await expect(page.get_by_test_id("search-people").get_by_role("option")).to_contain_text("王建国")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("table-chips")).to_contain_text("人员：王建国")
    await expect(rows(page)).to_have_count(1)

    auditor = await at_list(browser, product, "audit", "/app/admin/audit")
    await auditor.get_by_test_id("table-filter").click()
    await auditor.get_by_test_id("filter-column").click()
    await auditor.get_by_role("option", name="操作人").click()
    await auditor.get_by_test_id("filter-reference").click()
    await auditor.keyboard.type("机构")
    await auditor.get_by_role("option", name="机构管理员").click()
    await auditor.get_by_test_id("filter-apply").click()
    await expect(auditor.get_by_test_id("table-chips")).to_contain_text("操作人：机构管理员")
    await expect(rows(auditor).first).to_contain_text("机构管理员")
    await expect(rows(auditor).filter(has_text="王建国")).to_have_count(0)


async def test_the_phone_searches_from_its_home_page(browser: Browser, product: Product) -> None:
    context = await person(browser, base_url=product.url, viewport=PHONE, phone=True)
    page = await new_page(context)
    await sign_in(page, product, "doctor")
    await page.get_by_test_id("open-search").click()
    await page.get_by_test_id("search-words").fill("ESD")

    await expect(page.get_by_test_id("search-sessions").get_by_role("option").first).to_be_visible()
    await expect(page.get_by_test_id("search-people")).to_have_count(0)
    await page.get_by_test_id("search-sessions").get_by_role("option").first.click()
    await page.wait_for_url("**/app/teaching/*")


async def test_PR_09_an_export_waits_for_a_second_person_and_opens_as_a_workbook(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    asking = await at_list(browser, product, "administrator", "/app/admin/users")
    await asking.get_by_test_id("table-export").click()
    await asking.get_by_test_id("export-purpose").fill("核对二季度在岗人员名单")
    await asking.get_by_test_id("export-ask").click()
    await expect(asking.get_by_role("dialog")).to_contain_text("等待审批")
    reference = re.search(r"[A-Z]+-?\d+[\w-]*", await asking.get_by_role("dialog").inner_text())
    assert reference is not None
    await asking.goto("/app/exports")
    mine = asking.get_by_test_id("export-item").filter(has_text=reference[0])
    await expect(mine.get_by_test_id("export-take")).to_have_count(0)

    agreeing = await at_list(browser, product, "office", "/app/exports?waiting=1")
    await (
        agreeing.get_by_test_id("export-item")
        .filter(has_text=reference[0])
        .get_by_test_id("export-agree")
        .click()
    )
    await expect(agreeing.get_by_test_id("export-item").filter(has_text=reference[0])).to_have_count(0)

    await asking.reload()
    await mine.get_by_test_id("export-take").wait_for(timeout=30_000)
    async with asking.expect_download() as coming:
        await mine.get_by_test_id("export-take").click()
    file = tmp_path / "users.xlsx"
    await (await coming.value).save_as(file)

    words = [[str(cell) for cell in row] for row in load_workbook(file).active.iter_rows(values_only=True)]
    assert any("王建国" in row for row in words)
    told = "\n".join(" ".join(row) for row in words)
    for watermark in (reference[0], "导出人 机构管理员", "请勿外传"):
        assert watermark in told
