"""A keyboard-wedge scanner before a page: raw key events with times of their own."""

from __future__ import annotations

import time

from playwright.sync_api import CDPSession, Page

__all__ = ["Keyboard"]


class Keyboard:
    """A keyboard-wedge scanner: raw key events, with the layout of the desk's computer."""

    def __init__(self, page: Page, layout: dict[str, str] | None = None) -> None:
        self._page, self._layout = page, layout or {}
        self._session: CDPSession = page.context.new_cdp_session(page)

    def type(self, text: str, end: str = "Enter", every_ms: float = 5, after_ms: float = 0) -> None:
        """All of `text`, then the key `end`, where there is one.

        Each key has the time at which it was pressed, however long this process takes. `after_ms`:
        how long nobody had typed before.
        """
        self._at, self._every_s = time.time() + after_ms / 1000, every_ms / 1000
        self.more(text, end)

    def more(self, text: str, end: str = "Enter") -> None:
        """The rest of a scan: pressed at once after what came before, whenever it comes."""
        for character in text:
            self._key(character)
        if end:
            self.end(end)

    def end(self, end: str = "Enter") -> None:
        """The key that ends a scan: pressed after the last one, whenever it reaches the page."""
        self._press(end, end, "\r" if end == "Enter" else "")

    def _key(self, character: str) -> None:
        if character.isdigit():
            code = f"Digit{character}"
        elif character == "-":
            code = "Minus"
        else:
            code = f"Key{character.upper()}"
        shown = self._layout.get(character, character)
        self._press(code, shown, shown, shift=character.isupper())

    def _press(self, code: str, key: str, text: str, *, shift: bool = False) -> None:
        self._at += self._every_s
        about = {"code": code, "key": key, "modifiers": 8 if shift else 0, "timestamp": self._at}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        virtual = {"Enter": 13, "Tab": 9}.get(code)
        if virtual:
            about["windowsVirtualKeyCode"] = virtual
        self._session.send("Input.dispatchKeyEvent", {**down, **about})
        self._session.send("Input.dispatchKeyEvent", {"type": "keyUp", **about})
