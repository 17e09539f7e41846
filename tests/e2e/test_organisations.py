"""Keeping the tree in a real browser: made, moved with a preview, merged, and read back on the phone."""

import pytest
from playwright.async_api import Browser, Locator, Page

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

TREE = "/app/admin/organisations"
OFFICE = "演示省项目办"


def card(page: Page, name: str) -> Locator:
    shown = page.get_by_test_id("organisation-card")
    return shown.filter(has=page.get_by_role("heading", name=name, exact=True))


async def choose(page: Page, name: str) -> Locator:
    """Opens an organisation by searching for it."""
    await page.get_by_placeholder("搜名称、拼音、别名或编码").fill(name)
    finds = page.get_by_test_id("organisation-finds").locator("visible=true")  # a closed dialog keeps its own
    await finds.get_by_text(name, exact=True).click()
    await card(page, name).wait_for()
    return card(page, name)


async def add_below(page: Page, above: Locator, name: str, kind: str) -> None:
    await above.get_by_role("button", name="新建下级").click()
    form = page.get_by_role("dialog").filter(has=page.locator("input[name=organisation-name]:visible"))
    await form.locator("input[name=organisation-name]").fill(name)
    await form.locator(".el-select").filter(has=page.get_by_label("类型")).click()
    await page.get_by_role("option", name=kind, exact=True).locator("visible=true").click()
    await form.get_by_role("button", name="保存").click()
    await card(page, name).wait_for()


async def act_on(page: Page, shown: Locator, act: str, *, other: str, expect: str) -> None:
    """Moves or merges: picks 西城医院 by its pinyin, reads what will happen, says why."""
    await shown.get_by_role("button", name=act, exact=True).click()
    await page.get_by_test_id("to-organisation").locator("visible=true").locator("input").fill(other)
    await page.get_by_role("option", name="西城医院").locator("visible=true").click()
    confirm = page.get_by_role("button", name=f"确认{act}")
    await page.get_by_text(expect).locator("visible=true").wait_for()
    await page.locator("input[name=reason]:visible").fill(f"{act}的原因")
    await confirm.click()
    await confirm.wait_for(state="hidden")


async def test_E51_the_tree_is_made_moved_merged_and_read_on_the_phone(
    browser: Browser, product: Product
) -> None:
    desk = await person(browser, base_url=product.url)
    page = await new_page(desk)
    await sign_in(page, product, "administrator")
    await page.goto(TREE)
    await card(page, OFFICE).wait_for()
    for name in ("东城医院", "西城医院"):
        await add_below(page, await choose(page, OFFICE), name, "医院")
    await add_below(page, await choose(page, "东城医院"), "消化内镜中心", "科室")

    await act_on(page, await choose(page, "消化内镜中心"), "移动", other="xcyy", expect="1 家机构")
    moved = card(page, "消化内镜中心")
    await moved.get_by_text("上级：东城医院 → 西城医院").wait_for()
    await moved.get_by_text("原因：移动的原因").wait_for()
    await act_on(page, await choose(page, "东城医院"), "合并", other="xichengyiyuan", expect="合并不能撤销")
    await card(page, "西城医院").get_by_text("来自：东城医院").wait_for()
    old = await choose(page, "东城医院")
    await old.get_by_text("已并入 西城医院").wait_for()
    buttons = await old.get_by_role("button").all_inner_texts()
    address = page.url

    pocket = await person(browser, base_url=product.url, viewport=PHONE, phone=True)
    phone = await new_page(pocket)
    await sign_in(phone, product, "administrator")
    await phone.goto(TREE)
    await choose(phone, "西城医院")
    below = phone.get_by_test_id("organisations-below")
    await below.get_by_text("消化内镜中心").click()
    await card(phone, "消化内镜中心").get_by_text(f"{OFFICE} / 西城医院 / 消化内镜中心").wait_for()
    width = await phone.evaluate("document.documentElement.scrollWidth")
    await phone.goto(address)
    await card(phone, "东城医院").wait_for()
    await desk.close()
    await pocket.close()

    assert buttons == []
    assert width <= PHONE["width"]
