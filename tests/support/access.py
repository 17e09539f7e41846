"""What axe, the tool that finds what shuts people out, has to say of a page."""

from pathlib import Path

from playwright.async_api import Page

from tests.support.product import ROOT

AXE = Path(ROOT, "web/node_modules/axe-core/axe.min.js")
LANGUAGES = ("zh-CN", "en")

FINDINGS = """
async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((each) => each.impact === "serious" || each.impact === "critical")
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)} ${node.any.map((why) => why.message).join(" ")}`));
}
"""


async def speak(page: Page, language: str) -> None:
    """The language is remembered on the device: as a person who chose it before."""
    await page.evaluate("(language) => localStorage.setItem('scopecast.locale', language)", language)


async def settled(page: Page) -> None:
    """Until nothing moves any more and all that was asked for is there."""
    await page.wait_for_load_state("networkidle")
    await page.evaluate(
        "Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))"
    )


async def look(page: Page, name: str, findings: list[str]) -> None:
    """Adds what is serious, and whether the page is wider than its window; the context needs the script `AXE`."""
    findings += [f"{name}: {each}" for each in await page.evaluate(FINDINGS)]
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        findings.append(f"{name}: {wide} px wider than the window")
