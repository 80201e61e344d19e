"""Which reader is it: the order of finding out, what is written, what is said in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gatekeeper.cli import reader_probe
from gatekeeper.readers import driver_class, osdp_probe
from gatekeeper.readers.codecs.r2000_requests import get_firmware_version
from gatekeeper.readers.probe import Candidate, Finding, Heard, Prober

R2000 = Candidate("r2000", driver_class("r2000"), driver_class("r2000").probe)  # type: ignore[arg-type]
RDM6300 = Candidate("rdm6300", driver_class("rdm6300"), driver_class("rdm6300").probe)  # type: ignore[arg-type]
CARD = bytes.fromhex("0236324533303836434544303803")
SUMMED = bytes.fromhex("0232453030414630454339423403")


@dataclass
class Port:
    """Lines at every speed: `push` is heard by itself, a device answers at its own speed."""

    clock: Any
    line: Any
    device: Any = None
    baud: int = 0
    push: dict[int, list[bytes]] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)

    def __call__(self, _url: str, baud: int) -> Any:
        line = self.line(self.clock, self.device if baud == self.baud else None)
        opening = line.open

        def arrive() -> None:
            opening()
            self.opened.append(baud)
            for data in self.push.get(baud, []):
                line.deliver(data, 60)

        line.open = arrive
        self.lines.append(line)
        return line

    def written(self) -> list[bytes]:
        return [data for line in self.lines for data in line.written]


@pytest.fixture
def port(clock: Any, line: Any) -> Port:
    return Port(clock, type(line))


def find(port: Port, *among: Candidate, **rest: Any) -> Finding | None:
    found = Prober("/dev/some", port.clock, among=among or (R2000, RDM6300), line=port, **rest)
    return found.run()


def test_who_pushes_is_recognised_without_a_byte_written(port: Port) -> None:
    port.push = {9600: [CARD] * 3}

    found = find(port)

    assert found is not None
    assert (found.driver, found.baud, found.answered, found.options) == ("rdm6300", 9600, False, ())
    assert found.evidence == "2 tag reads"
    assert port.written() == []


def test_one_frame_that_noise_could_make_proves_nothing(port: Port) -> None:
    port.push = {9600: [CARD]}

    assert find(port) is None


def test_a_clone_is_recognised_with_its_option(port: Port) -> None:
    port.push = {9600: [SUMMED] * 2}

    found = find(port)

    assert found is not None
    assert found.options == (("checksum", "sum"),)


def test_who_is_polled_is_asked_after_all_speeds_were_listened_to(port: Port, device: Any) -> None:
    port.device, port.baud = device, 115200

    found = find(port)

    assert found is not None
    assert (found.driver, found.answered, found.firmware) == ("r2000", True, "7.2")
    assert found.evidence == "get_firmware_version"
    assert port.opened == [115200, 38400, 9600, 115200]
    assert port.written() == [get_firmware_version().to_bytes()]


def test_a_reader_left_at_its_other_speed_is_found_there(port: Port, device: Any) -> None:
    port.device, port.baud = device, 38400

    found = find(port)

    assert found is not None
    assert found.options == (("baud", 38400),)
    assert "options = { baud = 38400 }" in reader_probe.settings_lines(found, "/dev/some")


def test_it_only_asks_and_closes_every_line(port: Port, device: Any) -> None:
    port.device, port.baud, device.silent = device, 115200, True

    assert find(port) is None
    assert set(port.written()) == {get_firmware_version().to_bytes()}
    assert not any(line.is_open for line in port.lines)


def test_a_flood_of_noise_ends_the_listening_early(port: Port) -> None:
    noise = bytes(range(7, 256)) * 40
    port.push = {baud: [noise] * 30 for baud in (9600, 38400, 115200)}
    begun = port.clock.ns
    prober = Prober("/dev/some", port.clock, among=(R2000, RDM6300), line=port)

    assert prober.run() is None
    assert port.clock.ns - begun < 2e9
    assert all(len(data) <= 4096 for data in prober.heard.by_baud.values())


@pytest.mark.parametrize(
    ("heard", "due"),
    [
        ({}, "nothing was heard and nothing answered"),
        ({9600: b"1230456\r\n"}, "lines of text were heard at 9600 baud"),
        ({9600: b"\x00", 115200: b"\x01\x02\x03"}, "3 bytes were heard at 115200 baud"),
    ],
)
def test_nothing_found_is_said_with_what_to_do(heard: dict[int, bytes], due: str) -> None:
    assert due in reader_probe.nothing(Heard(heard))


def test_the_name_that_stays_is_preferred(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB3").touch()
    folder = tmp_path / "by-id"
    folder.mkdir()
    link = folder / "usb-maker-1"
    link.symlink_to("../ttyUSB3")
    known, other = str(tmp_path / "ttyUSB3"), str(tmp_path / "ttyUSB4")

    assert reader_probe.stable_name(known, folder) == str(link)
    assert reader_probe.stable_name(other, folder) == other
    assert reader_probe.stable_name("/dev/some", tmp_path / "none") == "/dev/some"


def test_the_command_ends_with_1_where_nothing_answers(
    plug: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug("lf1")
    monkeypatch.setattr(reader_probe, "candidates", lambda: [R2000])

    done = CliRunner().invoke(reader_probe.command, [str(device.link), "--listen", "0", "--json"])

    assert done.exit_code == 1
    assert "nothing answered" in done.output


def test_a_line_that_is_held_is_refused_with_a_hint(plug: Callable[[str], Any]) -> None:
    """As a running node holds it."""
    from gatekeeper.errors import TransportError
    from gatekeeper.readers.transport import SerialTransport

    device = plug("lf1")
    held = SerialTransport(str(device.link), 9600)
    held.open()
    done = CliRunner().invoke(reader_probe.command, [str(device.link)])
    held.close()

    assert isinstance(done.exception, TransportError)
    assert "running node" in str(done.exception)


IDENTITY = bytes.fromhex("53E514000445BEBAFE0101AFBEADDEADDEAD07FD")


@pytest.mark.parametrize(
    ("heard", "due"),
    [
        (b"\x00\x01", None),
        (osdp_probe.PROBE.ask, None),
        (osdp_probe.PROBE.ask + IDENTITY, "vendor BEBAFE model 1 firmware 173.222.173"),
        (IDENTITY[:-1] + b"\x00", None),
    ],
)
def test_an_osdp_reader_says_who_it_is(heard: bytes, due: str | None) -> None:
    """What an adapter echoes of the question proves nothing."""
    found = osdp_probe.recognise(heard)

    assert (found.firmware if found else None) == due
    assert not found or found.options == (("address", 0x65),)
