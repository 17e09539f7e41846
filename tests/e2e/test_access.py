"""Every screen, on desk and phone: axe has nothing serious to say, and each stop has its ring."""

from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.support.access import AXE, LANGUAGES, look, settled, speak
from tests.support.browser import DESK, PHONE, person
from tests.support.people import new_page, sign_in, sign_in_by_hand, until_picture
from tests.support.product import Product
from tests.support.room import SCOPE_VIDEO, enter_room

pytestmark = pytest.mark.e2e

# A phone that lies: narrow enough to count as one without a touch screen.
ACROSS = {"width": 740, "height": 390}
PUBLIC = (
    "/sign-in",
    "/activate",
    "/register",
    "/register/unknown-code",
    "/join/unknown-invitation-code",
    "/self",
    "/i/unknown",
    "/s/unknown",
    "/nowhere",
)
OF_EXPERT = ("/app", "/app/teaching", "/app/teaching?tab=replay", "/app/teaching/new", "/app/me")
# Dense with words: they are looked at in large type too.
IN_LARGE = ("/app/inbox", "/app/exports", "/app/qa")
OF_ADMINISTRATOR = (
    "/app/admin/users",
    "/app/admin/users/import",
    "/app/admin/registrations",
    "/app/admin/api-keys",
    "/app/admin/jobs",
)
OF_DUTIES = {
    "system": ("/app/admin/rooms",),
    "security": ("/app/admin/duties", "/app/admin/roles", "/app/admin/alarms"),
    "audit": ("/app/admin/audit",),
}
STOPS = 60

# The element that has the focus: its name, its place, and whether it or the frame around it shows a ring.
STOP = """
() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const ringed = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  let ring = at.nextElementSibling !== null && ringed(at.nextElementSibling);
  for (let each = at, up = 0; each !== null && up < 4; each = each.parentElement, up += 1) ring ||= ringed(each);
  // A checkbox of the library is an unseen input in a seen box.
  const seen = [at, at.parentElement].some((each) => each.getBoundingClientRect().width > 0);
  return { html: at.outerHTML.slice(0, 120), ring, seen };
}
"""


async def visit(page: Page, paths: tuple[str, ...], findings: list[str]) -> None:
    """These addresses in Chinese at a desk, in English (its words are longer) on a phone."""
    for language, size in ((LANGUAGES[0], DESK), (LANGUAGES[1], PHONE)):
        await speak(page, language)
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        for path in paths:
            await page.goto(path)
            await settled(page)
            await look(page, f"{path} {size['width']} px {language}", findings)


async def walk(page: Page, name: str, findings: list[str]) -> None:
    """By Tab from the top of the page: each stop is seen and shows its ring."""
    seen: list[str] = []
    for _ in range(STOPS):
        await page.keyboard.press("Tab")
        stop: dict[str, Any] | None = await page.evaluate(STOP)
        if stop is None:
            break
        seen.append(stop["html"])
        if not stop["ring"] or not stop["seen"]:
            findings.append(f"{name}: stop without ring or place: {stop['html']}")
    if len(seen) < 2:
        findings.append(f"{name}: nothing to stop at")


async def at_device(browser: Browser, product: Product) -> tuple[BrowserContext, Page]:
    context = await person(browser, base_url=product.url)
    await context.add_init_script(path=AXE)
    # Questions that wait for news (decisions 51 and 70): with them no page would ever be idle.
    for waits in ("**/inbox/badge?*", "**/jobs/live?*"):
        await context.route(waits, lambda route: route.abort())
    return context, await new_page(context)


async def open_session(page: Page, product: Product) -> str:
    """To the page of the session on air, from the programme; its address."""
    await page.goto("/app/teaching")
    await page.locator(f"article h3 a[href$='/{product.ready['demo']['session']}']").click()
    await page.wait_for_url("**/app/teaching/*")
    await settled(page)
    return page.url


async def test_pages_for_anybody(browser: Browser, product: Product) -> None:
    _, page = await at_device(browser, product)
    findings: list[str] = []
    await page.goto("/sign-in")

    await visit(page, PUBLIC, findings)
    await page.goto("/sign-in")
    await settled(page)
    await walk(page, "/sign-in", findings)

    assert findings == [], "\n".join(findings)


async def test_pages_of_an_administrator(browser: Browser, product: Product) -> None:
    _, page = await at_device(browser, product)
    findings: list[str] = []
    await sign_in(page, product, "administrator")

    await visit(page, OF_ADMINISTRATOR, findings)

    assert findings == [], "\n".join(findings)


@pytest.mark.parametrize("duty", OF_DUTIES)
async def test_pages_of_the_three_duties(browser: Browser, product: Product, duty: str) -> None:
    _, page = await at_device(browser, product)
    findings: list[str] = []
    await sign_in(page, product, duty)

    await visit(page, OF_DUTIES[duty], findings)

    assert findings == [], "\n".join(findings)


async def test_the_audit_trail_by_the_keyboard(browser: Browser, product: Product) -> None:
    _, page = await at_device(browser, product)
    findings: list[str] = []
    await sign_in(page, product, "audit")

    await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    await page.goto("/app/admin/audit")
    await page.get_by_test_id("audit-verify").click()
    await page.get_by_test_id("audit-verdict").wait_for()
    await walk(page, "audit", findings)

    assert findings == [], "\n".join(findings)


async def test_pages_of_an_expert(browser: Browser, product: Product) -> None:
    _, page = await at_device(browser, product)
    findings: list[str] = []
    await sign_in_by_hand(page, product, "expert")

    await visit(page, (*OF_EXPERT, *IN_LARGE), findings)
    await page.evaluate("localStorage.setItem('scopecast.text', 'large')")
    await visit(page, IN_LARGE, findings)
    await page.evaluate("localStorage.removeItem('scopecast.text')")
    await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    session = await open_session(page, product)
    await visit(page, (session.removeprefix(product.url),), findings)
    await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    await page.goto(session)
    await settled(page)
    await walk(page, "session", findings)
    await page.get_by_test_id("session-share").click()
    await page.get_by_test_id("share-dialog").wait_for()
    await settled(page)
    await look(page, "share dialog", findings)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("invite-commentator").click()
    await settled(page)
    await look(page, "invitation dialog", findings)

    assert findings == [], "\n".join(findings)


async def test_the_room_in_all_its_shapes(browser: Browser, product: Product) -> None:
    context, page = await at_device(browser, product)
    findings: list[str] = []
    await sign_in(page, product, "office")
    await enter_room(page, product)
    await until_picture(page, SCOPE_VIDEO)

    for language in LANGUAGES:
        await speak(page, language)
        await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
        await page.reload()
        await until_picture(page, SCOPE_VIDEO)
        for view in ("side", "board", "scope"):
            await page.get_by_test_id(f"view-{view}").click()
            await settled(page)
            await look(page, f"room {view} {language}", findings)
        await page.get_by_test_id("zoom-menu").click()
        await look(page, f"room zoom {language}", findings)
        await page.keyboard.press("Escape")
        for name, size in (("upright", PHONE), ("across", ACROSS)):
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
            await page.get_by_test_id("phone-bar").wait_for()
            await look(page, f"room {name} {language}", findings)
            await page.get_by_test_id("more").click()
            await page.get_by_test_id("lock-touch").wait_for()
            await settled(page)
            await look(page, f"room more {name} {language}", findings)
            await page.get_by_test_id("lock-touch").click()
            await page.get_by_test_id("unlock").wait_for()
            await settled(page)
            await look(page, f"room locked {name} {language}", findings)
            await page.get_by_test_id("unlock").click()
    await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    await page.reload()
    await page.get_by_test_id("phone-bar").wait_for(state="detached")
    await until_picture(page, SCOPE_VIDEO)
    await walk(page, "room", findings)
    await context.close()

    assert findings == [], "\n".join(findings)
