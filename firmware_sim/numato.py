"""A Numato Lab USB relay module: relays and inputs by words.

    host    relay on 0 CR    relay off 0    relay read 0    gpio read 3
    board   each character as it comes, then LF CR, the answer, LF CR, `>`

(numato.com/docs; the examples published for it read `relay read 0 LF CR on LF CR >`.) Numbers
begin with 0, from the eleventh on they are letters.

What it does not imitate: the identity, the analogue inputs, `relay readall`, outputs on the
GPIO pins, and a login that newer boards ask for.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.relay import RelayBoard

__all__ = ["Numato"]

LONGEST = 64
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"


class Numato(RelayBoard):
    """One module on its line."""

    default_baud = 19200
    default_inputs = 4

    _line = b""

    def on_bytes(self, data: bytes) -> None:
        """Echo, and do what a whole line says."""
        if self.struck("relay.deaf"):
            return
        *lines, rest = (self._line + data).replace(b"\n", b"").split(b"\r")
        self._line = rest[-LONGEST:]
        if not lines:
            return
        for line in lines:
            self._do(line.decode("ascii", "replace").strip())

    def _do(self, line: str) -> None:
        words = line.split()
        acts: dict[tuple[str, ...], Callable[[int], str]] = {
            ("relay", "on"): lambda n: self._switch(n, on=True),
            ("relay", "off"): lambda n: self._switch(n, on=False),
            ("relay", "read"): lambda n: "on" if self.claims(n) else "off",
            ("gpio", "read"): lambda n: str(self.levels[n - 1]),
        }
        said = ""
        act = acts.get(tuple(words[:2]))
        if act is not None and len(words) == 3 and words[2] in _DIGITS:
            number = _DIGITS.index(words[2]) + 1
            most = len(self.levels if words[0] == "gpio" else self.relays)
            said = act(number) if number <= most else ""
        answer = f"\n\r{said}" if said else ""
        self.say(f"{line}{answer}\n\r>".encode("ascii", "replace"))

    def _switch(self, number: int, *, on: bool) -> str:
        self.set_relay(number, on)
        return ""
