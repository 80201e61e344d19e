"""A Thai national identity card: a contact chip (T=0) with one file, and what goes wrong with it.

    python -m firmware_sim.thai_id --vpcd 127.0.0.1:35963 [--old] [--fault NAME]…

lays it into a virtual contact reader until standard input is closed. Whoever is on it does not
exist. Layout: number at 0004, Thai name 0011, English name 0075, birth 00D9, sex 00E1, issuer
00F6, issue 0167, expiry 016F, address 1579; a read is answered by 61 Le, and the data are then
fetched with 00 C0, with P2 = 01 for the older chips whose ATR begins 3B 67.
(chakphanu/ThaiNationalIDCard, APDU.md; ATRs: pcsc-tools, smartcard_list.txt.)

What it does not imitate: the photo, PIN and fingerprint functions, T=0 procedure bytes (vpcd
carries whole APDUs), and the seconds that a real chip takes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Collection
from pathlib import Path

from firmware_sim.loop import Loop
from firmware_sim.vpcd import ATR_REQUEST, DEFAULT_PORT, VpcdLine

__all__ = ["FAULTS", "PERSON", "ThaiIdCard", "lay_on"]

FAULTS = {
    "foreign": "another country's card: the application is not there",
    "bad_check_digit": "the number's last digit does not fit",
    "torn_name": "the Thai name holds bytes that are no TIS-620",
    "no_separators": "the Thai name has no # in it",
    "blank": "every byte is FF, as in a chip that was never written",
    "read_error": "reading fails with 6F 00 from the second field on",
    "short": "answers end in the middle, with a good status word",
    "no_status": "answers have no status word",
    "direct": "data come at once with 90 00 (not a fault: T=1 and some readers)",
    "swallowed": "90 00 with no data; GET RESPONSE has them (not a fault: some readers)",
    "wrong_le": "6C Le first, 61 Le then (not a fault: allowed by ISO 7816-3)",
    "pieces": "GET RESPONSE gives 32 bytes at a time (not a fault: allowed)",
    "endless": "always 61, never an end",
    "mute": "never answers a command",
}
"""Names and what they mean."""

PERSON = {
    "number": "1101700203441",
    "name_th": "นาย#สมชาย##ใจดี",
    "name_en": "Mr.#Somchai##Jaidee",
    "birth": "25260512",
    "sex": "1",
}
"""Invented."""

OK = b"\x90\x00"
_SELECT = bytes.fromhex("00A4040008A000000054480001")
_ATR_NEW = bytes.fromhex("3B791800005448204E4944203130")
_ATR_OLD = bytes.fromhex("3B67000054482020494400")
_ATR_FOREIGN = bytes.fromhex("3B6E00004573744549442076657220312E30")
_PLACES = {
    "number": (0x0004, 13),
    "name_th": (0x0011, 100),
    "name_en": (0x0075, 100),
    "birth": (0x00D9, 8),
    "sex": (0x00E1, 1),
}
_PIECE = 32


class ThaiIdCard:
    """The chip. `answer` is given a command APDU."""

    def __init__(self, faults: Collection[str] = (), *, old: bool = False, **person: str) -> None:
        """`person`: other values than PERSON's. Raises ValueError for an unknown fault."""
        unknown = sorted(set(faults) - FAULTS.keys())
        if unknown:
            raise ValueError(f"fault {unknown[0]!r} seen; one of {', '.join(FAULTS)} is due")
        self.faults, self.old = frozenset(faults), old
        self.asked: list[bytes] = []
        """Every command, in order."""
        self._file = self._write(PERSON | person)
        self._selected = False
        self._ready = b""
        self._reads = 0

    @property
    def atr(self) -> bytes:
        """What it says when it is powered."""
        if "foreign" in self.faults:
            return _ATR_FOREIGN
        return _ATR_OLD if self.old else _ATR_NEW

    def answer(self, command: bytes) -> bytes | None:
        """Its answer; None: it says nothing."""
        self.asked.append(command)
        if "mute" in self.faults:
            return None
        answer = self._answer(command)
        return answer[:-2] if "no_status" in self.faults else answer

    def _answer(self, command: bytes) -> bytes:
        if command == _SELECT:
            self._selected = "foreign" not in self.faults
            return b"\x61\x0a" if self._selected else b"\x6a\x82"
        if not self._selected:
            return b"\x6d\x00"
        if command[:2] == b"\x80\xb0" and len(command) == 7:
            return self._read(command)
        if command[:3] == b"\x00\xc0\x00" and len(command) == 5:
            return self._fetch(command)
        return b"\x6d\x00"

    def _read(self, command: bytes) -> bytes:
        self._reads += 1
        if "read_error" in self.faults and self._reads > 1:
            return b"\x6f\x00"
        place, length = int.from_bytes(command[2:4]), command[6]
        data = self._file[place : place + length]
        if "wrong_le" in self.faults and self._reads % 2:
            return b"\x6c" + bytes([length])
        if "short" in self.faults:
            data = data[: length // 2]
        if "direct" in self.faults:
            return data + OK
        self._ready = data
        return OK if "swallowed" in self.faults else b"\x61" + bytes([length])

    def _fetch(self, command: bytes) -> bytes:
        if command[3] != (1 if self.old else 0):
            return b"\x6b\x00"
        if "endless" in self.faults:
            return b"\x61\x20"
        size = min(command[4] or 256, _PIECE if "pieces" in self.faults else 256)
        piece, self._ready = self._ready[:size], self._ready[size:]
        left = len(self._ready) if "pieces" in self.faults else 0
        return piece + (b"\x61" + bytes([left]) if left else OK)

    def _write(self, person: dict[str, str]) -> bytes:
        if "bad_check_digit" in self.faults:
            last = (int(person["number"][-1]) + 1) % 10
            person = person | {"number": f"{person['number'][:-1]}{last}"}
        file = bytearray(b"\xff" if "blank" in self.faults else b" ") * 0x1700
        if "blank" in self.faults:
            return bytes(file)
        for field, (place, length) in _PLACES.items():
            data = person[field].encode("tis-620")
            if field == "name_th" and "torn_name" in self.faults:
                data = data[:4] + b"\xff\xfe\x80" + data[4:]
            if field == "name_th" and "no_separators" in self.faults:
                data = data.replace(b"#", b" ")
            file[place : place + length] = data.ljust(length)[:length]
        return bytes(file)


def lay_on(card: ThaiIdCard, line: VpcdLine) -> None:
    """Let `card` answer on `line`, and put it into the reader."""

    def on_bytes(data: bytes) -> None:
        answer = card.atr if data == ATR_REQUEST else card.answer(data) if len(data) > 1 else None
        if answer is not None:
            line.send(answer)

    line.on_bytes = on_bytes
    line.plug()
    line.insert()


def main(arguments: list[str] | None = None) -> int:
    """Keep a card in the reader until standard input is closed."""
    parser = argparse.ArgumentParser(prog="firmware_sim.thai_id", description=__doc__)
    parser.add_argument("--vpcd", default=f"127.0.0.1:{DEFAULT_PORT}", metavar="HOST:PORT")
    parser.add_argument("--old", action="store_true", help="a chip whose ATR begins 3B 67")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS))
    parser.add_argument("--dir", type=Path, default=Path(), help="for the line's address file")
    options = parser.parse_args(arguments)
    loop = Loop()
    line = VpcdLine(loop, options.dir / "thai_id", random.Random(1), options.vpcd)  # noqa: S311
    lay_on(ThaiIdCard(options.fault, old=options.old), line)
    loop.watch(0, lambda: None if os.read(0, 4096) else loop.stop())
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    finally:
        line.unplug()
    return 0


if __name__ == "__main__":
    sys.exit(main())
