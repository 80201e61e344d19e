"""One real browser among the pages of a bench: when each entry stands in its DOM.

Runs in a process of its own; the taps are told apart by the entry's number.
"""

from __future__ import annotations

import shutil
import threading
from typing import Any

from playwright.sync_api import Page, sync_playwright

__all__ = ["watch_screen"]

OBSERVE = """
() => {
  window.seen = {};
  const note = () => {
    const at = performance.timeOrigin + performance.now();
    for (const item of document.querySelectorAll('[data-testid=feed-item][data-seq]'))
      if (!(item.dataset.seq in window.seen)) window.seen[item.dataset.seq] = at;
  };
  note();
  window.seen = Object.fromEntries(Object.keys(window.seen).map(seq => [seq, 0]));
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true});
}
"""


def watch_screen(url: str, cookie: str, ready: Any, last: Any, results: Any) -> None:
    """Open `url` with `cookie` ("name=value") and put {seq: UTC ms} of what appeared.

    `ready` is set when the page watches; `last` gives the number of the last entry that is
    waited for. A machine without Chromium puts an empty dictionary.
    """
    program = shutil.which("chromium")
    if program is None:
        ready.set()
        results.put({})
        return
    name, _, value = cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": url}])
        page = context.new_page()
        page.goto(url)
        _until(page, "!document.querySelector('[data-testid=stale]:not([hidden])')")
        page.evaluate(OBSERVE)
        ready.set()
        seq = _received(last)
        _until(page, f"'{seq}' in window.seen")
        results.put({int(seq): at for seq, at in page.evaluate("window.seen").items() if at})
        browser.close()


def _until(page: Page, due: str) -> None:
    """Wait until the script `due` is true; the page's policy forbids what Playwright's own
    waiting does."""
    for _ in range(1200):
        if page.evaluate(f"() => Boolean({due})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url}: {due} not within a minute")


def _received(last: Any) -> int:
    """The number that arrives in the queue `last`."""
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(last.get(timeout=120)))
    waiting.start()
    waiting.join()
    return found[0]
