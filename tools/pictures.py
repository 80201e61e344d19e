"""Take the pictures of docs/pictures from a running demonstration.

    gatekeeper demo --speed 5 --port 8080        (in another window)
    python tools/pictures.py http://127.0.0.1:8080 protocol PASSWORD

Waits until the crowd brings the verdicts that the pictures show. Everybody on them is made up.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZES = {
    "phone": (390, 844),
    "tablet": (820, 1180),
    "desktop": (1440, 900),
    "wall": (1920, 1080),
}
CHECKPOINT, EVENT = "/checkpoint/uhf-1", "/events/reception"
LONG_MS = 600_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


class Camera:
    """A signed-in browser that opens pages and keeps pictures of them."""

    def __init__(self, browser: Browser, base: str, user: str, password: str) -> None:
        self._browser, self._base = browser, base
        page = browser.new_page(base_url=base)
        page.goto("/login")
        page.screenshot(path=FOLDER / "sign-in.png")
        page.locator("#username").fill(user)
        page.locator("#password").fill(password)
        page.get_by_test_id("sign-in").click()
        page.wait_for_url(f"{base}/")
        self._cookies = page.context.cookies()

    def page(self, path: str, size: str, scheme: str = "light") -> Page:
        """A page of that size, alive."""
        width, height = SIZES[size]
        context = self._browser.new_context(
            base_url=self._base,
            viewport={"width": width, "height": height},
            has_touch=size in ("phone", "tablet"),
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.add_cookies(self._cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(path)
        page.evaluate("document.fonts.ready")
        if page.get_by_test_id("stale").count():
            page.get_by_test_id("stale").wait_for(state="hidden")
        return page

    def verdict(
        self, name: str, cls: str, size: str, scheme: str = "light", query: str = ""
    ) -> None:
        """The checkpoint with a verdict of that class (or `ready`)."""
        gate = "/checkpoint/exit" if cls == "ready" else CHECKPOINT
        page = self.page(gate + query, size, scheme)
        wanted = "[data-verdict=ready]" if cls == "ready" else f"[data-class={cls}]"
        page.locator(f"[data-testid=verdict]{wanted}").wait_for(timeout=LONG_MS)
        keep(page, name)


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """Take it, with what moves at its end."""
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole, animations="disabled")
    page.context.close()


def main(base: str, user: str, password: str) -> None:
    """All of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        camera = Camera(browser, base, user, password)
        camera.verdict("checkpoint-ready", "ready", "desktop")
        camera.verdict("checkpoint-granted", "green", "desktop")
        camera.verdict("checkpoint-refused", "red", "desktop", "dark")
        camera.verdict("checkpoint-already-in", "amber", "tablet")
        camera.verdict("checkpoint-phone", "green", "phone", "dark", "?lang=en")

        page = camera.page(CHECKPOINT, "tablet")
        page.get_by_test_id("search").fill("สม")
        page.locator('#results [role="option"]').first.wait_for()
        page.locator("[data-testid=verdict][data-class=green]").wait_for(timeout=LONG_MS)
        keep(page, "checkpoint-search")

        page = camera.page(CHECKPOINT, "desktop")
        page.context.set_offline(True)
        page.get_by_test_id("stale").wait_for(timeout=LONG_MS)
        keep(page, "checkpoint-stale")

        for name, path, size, scheme in (
            ("event-live", "/live", "desktop", "light"),
            ("event-live-tablet", "/live", "tablet", "dark"),
            ("event-wall", "/wall", "wall", "light"),
        ):
            page = camera.page(EVENT + path, size, scheme)
            page.locator("canvas").wait_for(state="attached")
            keep(page, name)
        keep(camera.page("/design", "tablet"), "components", whole=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
