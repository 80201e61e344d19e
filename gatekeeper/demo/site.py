"""The made-up site: its lanes, its settings file, its directory.

Writes files only; starts nothing. A directory that holds anything but an earlier demo is
refused; an earlier demo is set aside, never erased.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec

from gatekeeper.config import FILE_NAME
from gatekeeper.errors import UserError
from gatekeeper.model import Direction

__all__ = ["EVENT", "MAX_LANES", "DemoReader", "Lane", "lanes_of", "prepare", "settings_text"]

EVENT = "reception"
MARK = ".gatekeeper-demo"
EARLIER = "earlier"
MAX_LANES = 32


class DemoReader(msgspec.Struct, frozen=True):
    """A simulated reader: what stands on the desk, and which tags it can read."""

    id: str
    driver: str
    scheme: str
    """`epc` (UHF) or `em4100` (125 kHz)."""
    antennas: int


class Lane(msgspec.Struct, frozen=True):
    """A gate of the made-up site with its readers."""

    gate: str
    name_th: str
    name_en: str
    direction: Direction
    readers: tuple[DemoReader, ...]

    @property
    def entrance(self) -> bool:
        """Whether guests come in here."""
        return self.direction is Direction.IN


def lanes_of(count: int) -> tuple[Lane, ...]:
    """`count` entrances, UHF and low frequency by turns, and one exit that reads both.

    Raises UserError when `count` is not 1 to 32.
    """
    if not 1 <= count <= MAX_LANES:
        raise UserError(f"lanes: {count} seen; 1 to {MAX_LANES} are due")
    entrances = [_entrance(number) for number in range(count)]
    entrances.sort(key=lambda lane: lane.readers[0].scheme != "epc")
    return (*entrances, _exit())


def _entrance(number: int) -> Lane:
    ordinal, low = number // 2 + 1, number % 2
    if low:
        reader = DemoReader(f"reader-lf-{ordinal}", "rdm6300", "em4100", 1)
        names = f"ช่องทางแตะบัตร {ordinal}", f"Card lane {ordinal}"
    else:
        reader = DemoReader(f"reader-uhf-{ordinal}", "r2000", "epc", 2)
        names = f"ช่องทางเดินผ่าน {ordinal}", f"Walk-through lane {ordinal}"
    gate = reader.id.removeprefix("reader-")
    return Lane(gate, *names, Direction.IN, (reader,))


def _exit() -> Lane:
    readers = (
        DemoReader("reader-exit-uhf", "r2000", "epc", 2),
        DemoReader("reader-exit-lf", "rdm6300", "em4100", 1),
    )
    return Lane("exit", "ทางออก", "Exit", Direction.OUT, readers)


def settings_text(lanes: tuple[Lane, ...], links: Path, port: int) -> str:
    """The settings file of the made-up site; readers' lines lie in `links`."""
    parts = [
        "# A made-up site, written by `gatekeeper demo`. Never use it for a real one.\n"
        "demo = true\n\n"
        '[site]\nid = "demo"\n'
        'name_th = "ทำเนียบตัวอย่าง"\nname_en = "Sample House"\n\n'
        f'[web]\nhost = "127.0.0.1"\nport = {port}\n\n'
        '[mail]\noutbox = "outbox"\nfrom = "passes@demo.example"\n'
    ]
    for lane in lanes:
        parts.append(
            f'\n[[gates]]\nid = "{lane.gate}"\ndirection = "{lane.direction}"\n'
            f'event = "{EVENT}"\nname_th = "{lane.name_th}"\nname_en = "{lane.name_en}"\n'
        )
    for lane in lanes:
        for reader in lane.readers:
            options = 'options = { antennas = "1,2" }\n' if reader.antennas == 2 else ""
            url = msgspec.json.encode(str(links / reader.id)).decode()
            parts.append(
                f'\n[[readers]]\nid = "{reader.id}"\ndriver = "{reader.driver}"\n'
                f'url = {url}\ngate = "{lane.gate}"\n{options}'
            )
    opened = ", ".join(f'"{lane.gate}"' for lane in lanes)
    parts.append(
        '\n[[desks]]\nid = "front"\nname_th = "จุดแลกบัตร"\nname_en = "Visitor desk"\n'
        f"\n[visitors]\ngates = [{opened}]\n"
    )
    return "".join(parts)


def prepare(data: Path, lanes: tuple[Lane, ...], port: int) -> Path:
    """Make `data` ready for a new demo and write its settings file; gives the file's path.

    What an earlier demo left is moved to `data`/earlier/<time>. Raises UserError where the
    directory holds something else.
    """
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).exists():
            raise UserError(f"{data}: holds something that is no demo; name an empty directory")
        _set_aside(data)
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    (data / MARK).write_text("Made by `gatekeeper demo`.\n", encoding="utf-8")
    links = data / "sim"
    links.mkdir()
    file = data / FILE_NAME
    file.write_text(settings_text(lanes, links, port), encoding="utf-8")
    return file


def _set_aside(data: Path) -> None:
    target = data / EARLIER / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{target.name.partition('-')[0]}-{number}")
    target.mkdir(parents=True)
    for item in list(data.iterdir()):
        if item.name not in (EARLIER, MARK):
            shutil.move(item, target / item.name)
