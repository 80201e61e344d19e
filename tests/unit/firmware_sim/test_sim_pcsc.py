"""The simulated contactless reader: what its cards say to vpcd's side of the line, byte by byte.

The host here speaks the line as vpcd does (two bytes of length) and knows nothing of pcscd.
"""

from __future__ import annotations

import json
import random
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.pcsc import Pcsc, storage_card_atr
from firmware_sim.scenario import load

FILE = Path(__file__).parents[2] / "vectors" / "pcsc.json"
VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads(FILE.read_text("utf-8"))["vectors"]
}
A, B = "uid:04A1B2C3D4E5F6", "uid:DE4B1F22"
TEN = "uid:04112233445566778899"
GET_UID = bytes.fromhex("FFCA000000")
ON, ATR = b"\x01", b"\x04"


class Host:
    """vpcd's end: listens, and asks the card that has connected."""

    def __init__(self, folder: Path, loop: Any) -> None:
        self.loop, self.reports = loop, list[FrameReport]()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self.server.getsockname()[1]
        self.card: socket.socket | None = None
        self.device = Pcsc(
            "gate1",
            loop,
            folder / "gate1",
            Faults(random.Random(1)),
            report=self.reports.append,
            options={"vpcd": f"127.0.0.1:{self.port}"},
        )
        self.device.start()

    def put(self, credential: str) -> Tag:
        """Lay a card on for a minute."""
        return self.device.field.put(Tag(credential), self.loop.now(), 60.0)

    def accept(self) -> None:
        """Take the card that has connected."""
        assert select.select([self.server], [], [], 5.0)[0]
        self.card = self.server.accept()[0]
        self.card.settimeout(5.0)

    def tell(self, message: bytes) -> None:
        """Send a message and let the device take it."""
        assert self.card is not None
        self.card.sendall(len(message).to_bytes(2) + message)
        link = self.device.line._socket
        assert link is not None
        assert select.select([link], [], [], 5.0)[0]
        self.device.line._readable_now()

    def ask(self, message: bytes, ms: float = 20.0) -> bytes:
        """Its answer, after so much time; b"" where there is none."""
        self.tell(message)
        self.loop.pass_ms(ms)
        assert self.card is not None
        if not select.select([self.card], [], [], 0)[0]:
            return b""
        length = int.from_bytes(self.card.recv(2, socket.MSG_WAITALL))
        return self.card.recv(length, socket.MSG_WAITALL)

    @property
    def gone(self) -> bool:
        """Whether the card was taken away."""
        assert self.card is not None
        return bool(select.select([self.card], [], [], 1.0)[0]) and self.card.recv(1) == b""

    def close(self) -> None:
        self.device.stop()
        self.server.close()
        if self.card is not None:
            self.card.close()


@pytest.fixture
def host(tmp_path: Path, hand_loop: Any) -> Iterator[Host]:
    made = Host(tmp_path, hand_loop)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["atr-0001", "atr-0002", "atr-0003", "atr-0036", "atr-0037"])
def test_its_atrs_are_the_published_ones(name: str) -> None:
    due = VECTORS[name]

    assert storage_card_atr(int(due["decode"]["card_name"], 16)).hex().upper() == due["hex"]


@pytest.mark.parametrize(("card", "atr"), [(B, "atr-0001"), (A, "atr-0003"), (TEN, "atr-0002")])
def test_a_card_tells_its_type_and_its_uid(host: Host, card: str, atr: str) -> None:
    host.put(card)
    host.accept()

    assert host.ask(ON) == b"", "a control is not answered"
    assert host.ask(ATR).hex().upper() == VECTORS[atr]["hex"]
    assert host.ask(GET_UID).hex().upper() == f"{card[4:]}9000"
    assert [(r.credential, r.fate) for r in host.reports] == [(card, "intact")]


@pytest.mark.parametrize(
    ("command", "due"),
    [
        ("FFCA000007", "04A1B2C3D4E5F69000"),
        ("FFCA00000A", "04A1B2C3D4E5F66282"),
        ("FFCA000004", "6C07"),
        (VECTORS["apdu-ats-na"]["hex"], VECTORS["apdu-ats-na"]["decode"]["response"]),
        (VECTORS["apdu-acr-picc"]["hex"], VECTORS["apdu-acr-picc"]["decode"]["response"]),
        (VECTORS["apdu-acr-led-init"]["hex"], VECTORS["apdu-acr-led-init"]["decode"]["response"]),
        (VECTORS["apdu-acr-green"]["hex"], VECTORS["apdu-acr-green"]["decode"]["response"]),
        (VECTORS["apdu-acr-beep-off"]["hex"], "9000"),
        ("FF00480000", b"ACR122U203".hex().upper()),
        ("00A4040008A000000054480001", "6D00"),
    ],
)
def test_it_answers_as_the_manual_says(host: Host, command: str, due: str) -> None:
    host.put(A)
    host.accept()

    assert host.ask(bytes.fromhex(command)).hex().upper() == due


def test_an_answer_takes_as_long_as_a_real_one(host: Host) -> None:
    host.put(A)
    host.accept()

    assert host.ask(GET_UID, ms=3.9) == b""
    host.loop.pass_ms(8.2)
    assert host.card is not None
    assert host.card.recv(64) == b"\x00\x09" + bytes.fromhex(f"{A[4:]}9000")


FRAME_FAULTS = {
    "pcsc.no_status": {f"{A[4:]}"},
    "pcsc.wrong_length": {"6C07"},
    "pcsc.warning": {f"{A[4:]}6282"},
    "pcsc.cut_uid": {f"88{A[4:10]}9000"},
    "pcsc.wrong_status": {"6300", "6A81", "6F00", "6982"},
    **{name: {"6300"} for name in ("cut", "lost", "damaged", "doubled", "noise")},
}


@pytest.mark.parametrize("fault", FRAME_FAULTS)
def test_a_fault_of_frames_does_what_its_name_says_and_is_reported(host: Host, fault: str) -> None:
    host.device.faults.set(fault, 1.0)
    host.put(A)
    host.accept()

    said = {host.ask(GET_UID).hex().upper() for _ in range(20)}
    host.device.faults.set(fault, 0.0)

    assert said == FRAME_FAULTS[fault]
    assert {(r.fate, r.fault) for r in host.reports} == {("destroyed", fault)}
    assert host.ask(GET_UID).hex().upper() == f"{A[4:]}9000"


@pytest.mark.parametrize(("fault", "head"), [("pcsc.random_uid", "08"), ("pcsc.babble", "")])
def test_dice_fall_anew_each_time(host: Host, fault: str, head: str) -> None:
    host.device.faults.set(fault, 1.0)
    host.put(A)
    host.accept()

    said = {host.ask(GET_UID).hex().upper() for _ in range(10)}

    assert len(said) >= 9
    assert all(answer.startswith(head) and answer for answer in said)


def test_a_mute_card_says_nothing_and_is_laid_on_anew_when_it_is_over(host: Host) -> None:
    host.put(A)
    host.accept()
    host.device.strike("pcsc.mute")

    assert host.ask(GET_UID, ms=5900) == b""
    host.loop.pass_ms(2200)
    assert host.gone
    host.accept()
    assert host.ask(GET_UID).hex().upper() == f"{A[4:]}9000"


def test_a_silent_reader_hears_nothing_and_heals(host: Host) -> None:
    """Also what it had begun to answer is not said."""
    host.put(A)
    host.accept()
    host.tell(GET_UID)
    host.device.silence(2.0)
    host.loop.pass_ms(1900)
    assert host.card is not None
    assert not select.select([host.card], [], [], 0)[0]

    host.loop.pass_ms(200)
    assert host.gone
    host.accept()
    assert host.ask(GET_UID)


def test_a_slow_card_answers_late(host: Host) -> None:
    host.put(A)
    host.accept()
    host.device.strike("pcsc.slow")

    assert host.ask(GET_UID, ms=1100) == b""
    host.loop.pass_ms(800)
    assert host.card is not None
    assert len(host.card.recv(64)) == 11


def test_a_card_that_is_pulled_goes_with_the_next_command(host: Host) -> None:
    host.put(A)
    host.accept()
    host.device.strike("pcsc.pulled")
    host.tell(GET_UID)

    assert host.gone
    host.loop.pass_ms(700)
    host.accept()
    assert host.ask(GET_UID)


def test_cards_are_exchanged_without_a_pause(host: Host) -> None:
    host.put(A)
    host.accept()
    host.put(B)
    assert host.ask(GET_UID).hex().upper() == f"{A[4:]}9000", "the first one answers"
    host.device.strike("pcsc.swapped")

    assert host.gone
    host.accept()
    assert host.ask(GET_UID).hex().upper() == f"{B[4:]}9000"


def test_the_second_card_answers_when_the_first_has_gone(host: Host) -> None:
    first, _ = host.put(A), host.put(B)
    host.accept()
    host.device.field.take(first)
    host.loop.pass_ms(20)

    assert host.gone
    host.accept()
    assert host.ask(GET_UID).hex().upper() == f"{B[4:]}9000"


def test_unplugged_it_has_no_card_and_no_address(host: Host, tmp_path: Path) -> None:
    address = tmp_path / "gate1.address"
    assert address.read_text() == f"127.0.0.1:{host.port}\n"
    host.put(A)
    host.accept()
    host.device.wire.unplug()

    assert host.gone
    assert not address.exists()
    host.put(B)
    assert not host.device.wire.host_present()
    host.device.replug()
    host.accept()
    assert host.ask(GET_UID).hex().upper() == f"{A[4:]}9000"


def test_a_reader_that_comes_later_is_found(host: Host) -> None:
    """pcscd may be started after the cards, and anew."""
    host.server.close()
    host.put(A)
    line = host.device.line
    assert line._socket is not None
    assert select.select([line._socket], [], [], 5.0)[0]
    line._readable_now()
    assert not line.host_present()

    host.server = socket.create_server(("127.0.0.1", host.port), backlog=0)
    host.loop.pass_ms(50)
    host.accept()
    assert host.ask(GET_UID)


def test_pieces_of_messages_are_put_together(host: Host) -> None:
    host.put(A)
    host.accept()
    assert host.card is not None
    for byte in b"\x00\x05" + GET_UID:
        host.card.sendall(bytes([byte]))
        assert host.device.line._socket is not None
        assert select.select([host.device.line._socket], [], [], 5.0)[0]
        host.device.line._readable_now()
    host.loop.pass_ms(20)

    assert host.card.recv(64)[2:].hex().upper() == f"{A[4:]}9000"


@pytest.mark.parametrize("address", ["10.0.0.1:35963", "35963", "127.0.0.1:", "127.0.0.1:x"])
def test_it_connects_on_this_machine_only(tmp_path: Path, hand_loop: Any, address: str) -> None:
    with pytest.raises(ValueError, match=r"seen; 127\.0\.0\.1:PORT is due"):
        Pcsc("g", hand_loop, tmp_path / "g", Faults(random.Random(1)), options={"vpcd": address})


def test_a_scenario_may_have_one(tmp_path: Path) -> None:
    file = tmp_path / "cards.toml"
    file.write_text(
        '[[readers]]\nid = "desk"\ndevice = "pcsc"\ngate = "hall"\n'
        'options = { vpcd = "127.0.0.1:40000" }\nfaults = { "pcsc.pulled" = 2.0 }\n'
    )

    (reader,) = load(file).readers

    assert reader.schemes == ("uid",)
    assert (reader.touch, reader.gone_s, reader.frames) == (True, 0.5, 1)
