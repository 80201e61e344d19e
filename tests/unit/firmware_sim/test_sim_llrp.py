"""The simulated LLRP reader: published messages byte for byte, and a real client's inventory.

The judges are the published messages and sllurp, each by itself: nothing of the product.
"""

from __future__ import annotations

import json
import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sllurp.llrp import LLRPMessage, LLRPReaderClient, LLRPReaderConfig

from firmware_sim import llrp_messages as say
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.llrp import Llrp
from firmware_sim.llrp_requests import Parser, parameters
from firmware_sim.loop import Loop

PATH = Path(__file__).parents[2] / "vectors/llrp.json"
VECTORS = {v["id"]: v for v in json.loads(PATH.read_text("utf-8"))["vectors"]}
AS_PUBLISHED = 0x1680
"""Antenna, strength, first seen and count: what the published reports hold."""
CARD = "epc:300833B2DDD9014000000001"
DEADLINE_S = 20.0

logging.getLogger("sllurp").setLevel(logging.CRITICAL + 1)


def whole(name: str) -> bytes:
    return bytes.fromhex(VECTORS[name]["hex"])


def library(message: bytes) -> dict[str, Any]:
    """What sllurp makes of a message."""
    decoded = LLRPMessage(msgbytes=message)
    body: dict[str, Any] = decoded.msgdict[decoded.getName()]
    return body


@pytest.mark.parametrize("name", ["llrp-report-1", "llrp-report-4", "llrp-report-epc144"])
def test_its_reports_are_the_published_ones(name: str) -> None:
    due = VECTORS[name]["decode"]
    (seen,) = library(whole(name))["TagReportData"]

    tag = say.tag_report(
        bytes.fromhex(due["epc"]),
        AS_PUBLISHED,
        antenna=due["antenna"],
        rssi=due["peak_rssi_dbm"],
        seen_us=seen["FirstSeenTimestampUTC"],
    )

    assert say.report(int.from_bytes(whole(name)[6:10], "big"), [tag]) == whole(name)


def test_its_first_word_is_the_published_one() -> None:
    due = VECTORS["llrp-event"]["decode"]

    said = say.connection_event(due["id"], due["utc_us"], say.Connection.SUCCESS)

    assert said == whole("llrp-event")


def test_the_librarys_encoder_agrees_on_the_first_word() -> None:
    """The only message of a reader that sllurp can encode."""
    decoded = LLRPMessage(msgbytes=whole("llrp-event")).msgdict

    assert LLRPMessage(msgdict=decoded).msgbytes == whole("llrp-event")


def test_its_refusal_and_its_keep_alive_are_the_standards() -> None:
    refused = say.connection_event(1, 1398936810740479, say.Connection.CLIENT_EXISTS)

    assert refused == whole("llrp-client-exists")
    assert say.message(say.Type.KEEPALIVE, 5) == whole("llrp-keepalive")
    assert say.response(30, 9, say.Status.DEVICE_ERROR, "no RF!") == whole(
        "llrp-add-rospec-refused"
    )


@pytest.mark.parametrize("name", [n for n, v in VECTORS.items() if "epc" in v["decode"]])
def test_a_report_is_taken_apart_alike_by_it_and_the_library(name: str) -> None:
    (message,) = Parser().feed(whole(name))
    epcs = []
    for _, tag in parameters(message.body):
        kind, content = next(parameters(tag))
        epcs.append((content if kind == 13 else content[2:]).hex())

    assert epcs == [tag["EPC"].decode() for tag in library(whole(name))["TagReportData"]]
    assert epcs[0].upper() == VECTORS[name]["decode"]["epc"]


def test_what_the_library_reads_of_its_capabilities_is_what_it_has() -> None:
    body = library(say.capabilities(3, say.Capabilities(antennas=2)))

    general, band = body["GeneralDeviceCapabilities"], body["RegulatoryCapabilities"]
    powers = band["UHFBandCapabilities"]["TransmitPowerLevelTableEntry"]
    modes = band["UHFBandCapabilities"]["UHFC1G2RFModeTable"]["UHFC1G2RFModeTableEntry"]
    assert general["MaxNumberOfAntennaSupported"] == 2
    assert general["ReaderFirmwareVersion"] == b"7.6.1.240"
    assert [power["TransmitPowerValue"] for power in powers] == list(say.POWERS)
    assert [mode["ModeIdentifier"] for mode in modes] == list(say.MODES)


class Reader:
    """The device in a thread of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.frames: list[FrameReport] = []
        self.loop = Loop()
        self.device = Llrp(
            "gate1",
            self.loop,
            folder / "gate1",
            Faults(random.Random(3)),
            report=self.frames.append,
            **settings,
        )
        self._jobs: list[Callable[[], object]] = []
        self._woken, self._waker = os.pipe()
        self.loop.watch(self._woken, self._work)
        self._thread = threading.Thread(target=self.loop.run)
        self._thread.start()
        self.do(self.device.start)
        host, _, port = self.device.wire.address.read_text("ascii").strip().partition(":")
        self.address = (host, int(port))

    def do(self, job: Callable[[], object]) -> None:
        """Run `job` in the device's thread, and wait until it is done."""
        done = threading.Event()
        self._jobs += [job, done.set]
        os.write(self._waker, b".")
        assert done.wait(DEADLINE_S)

    def put(self, card: str) -> None:
        self.do(lambda: self.device.field.put(Tag(card, far_m=0.8), self.loop.now(), 3600.0))

    def connect(self) -> Host:
        return Host(self.address)

    def stop(self) -> None:
        self.do(self.device.stop)
        self.do(self.loop.stop)
        self._thread.join(DEADLINE_S)
        os.close(self._woken)
        os.close(self._waker)

    def _work(self) -> None:
        os.read(self._woken, 100)
        while self._jobs:
            self._jobs.pop(0)()


class Host:
    """A host of the tests' own, which says what it is told to."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.line = socket.create_connection(address, DEADLINE_S)
        self._parser = Parser()
        self._found: list[Any] = []

    def ask(self, kind: int, body: bytes = b"") -> None:
        self.line.sendall(say.message(kind, 77, body))

    def next(self) -> Any:
        """The next message of the reader; None when it has hung up."""
        while not self._found:
            data = self.line.recv(65536)
            if not data:
                return None
            self._found += self._parser.feed(data)
        return self._found.pop(0)

    def next_of(self, kind: int) -> Any:
        while (message := self.next()) is not None and message.type != kind:
            pass
        return message

    def status(self) -> int:
        """Status of the answer that comes next."""
        _, content = next(parameters(self.next().body))
        return int.from_bytes(content[:2], "big")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.stop()


@pytest.mark.parametrize("every", [1, 3])
def test_a_real_client_runs_to_inventory_and_is_told_every_tag(reader: Reader, every: int) -> None:
    """sllurp's own client, with its own socket and thread."""
    told: list[dict[str, Any]] = []
    enough = threading.Event()

    def take(_client: Any, tags: list[dict[str, Any]]) -> None:
        told.extend(tags)
        if len(told) >= 30:
            enough.set()

    config = LLRPReaderConfig(
        {
            "report_every_n_tags": every,
            "keepalive_interval": 100,
            "tag_content_selector": {
                "EnableAntennaID": True,
                "EnablePeakRSSI": True,
                "EnableFirstSeenTimestamp": True,
                "EnableTagSeenCount": True,
            },
        }
    )
    client = LLRPReaderClient(*reader.address, config)
    client.add_tag_report_callback(take)
    reader.put(CARD)
    client.connect()
    assert enough.wait(DEADLINE_S), reader.device.heard
    client.disconnect(timeout=DEADLINE_S)

    assert not client.is_alive()
    assert {tag["EPC"] for tag in told} == {CARD[4:].lower().encode()}
    assert {tag["AntennaID"] for tag in told} == {1}
    assert all(-70 < tag["PeakRSSI"] < -20 for tag in told)
    assert reader.device.heard[:8] == [1, 2, 64, 3, 41, 21, 20, 24]
    assert say.Type.KEEPALIVE_ACK in reader.device.heard


def test_a_second_client_is_told_why_and_the_first_is_not_disturbed(reader: Reader) -> None:
    first = reader.connect()
    assert first.next().type == say.Type.READER_EVENT_NOTIFICATION
    with reader.connect().line as second:
        words = second.recv(100)
        assert second.recv(100) == b""
    event = library(words)["ReaderEventNotificationData"]["ConnectionAttemptEvent"]
    assert event["Status"] == "Failed (a Client initiated connection already exists)"

    first.ask(say.Type.GET_ROSPECS)
    assert first.next().type == 36
    first.line.close()


def test_a_host_that_does_not_answer_keep_alives_is_hung_up_on(reader: Reader) -> None:
    host = reader.connect()
    host.ask(say.Type.SET_READER_CONFIG, b"\0" + say.tlv(220, b"\x01" + (50).to_bytes(4, "big")))
    kinds = []
    while (message := host.next()) is not None:
        kinds.append(message.type)
    host.line.close()

    assert kinds[0] == say.Type.READER_EVENT_NOTIFICATION
    assert kinds.count(say.Type.KEEPALIVE) == 3


def test_a_host_that_makes_no_sense_is_hung_up_on(reader: Reader) -> None:
    host = reader.connect()
    host.line.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert host.next_of(say.Type.KEEPALIVE) is None
    host.line.close()


def test_requests_that_it_cannot_fulfil_are_refused_by_status(reader: Reader) -> None:
    host = reader.connect()
    host.next()

    def asked(kind: int, body: bytes = b"") -> int:
        host.ask(kind, body)
        return host.status()

    plain = say.tlv(177, bytes([0, 0, 0, 1, 0, 0]) + say.tlv(183, b"\x00\x01\x00\x01"))
    ninth = say.tlv(177, bytes([0, 0, 0, 2, 0, 0]) + say.tlv(183, b"\x00\x01\x00\x09"))
    power = say.tlv(186, b"\0\1\1" + say.tlv(222, b"\0\1" + say.tlv(224, b"\0\1\0\1\0\xff")))
    loud = say.tlv(177, bytes([0, 0, 0, 3, 0, 0]) + say.tlv(183, b"\x00\x01\x00\x01" + power))
    try:
        assert asked(say.Type.ADD_ROSPEC, plain) == say.Status.SUCCESS
        assert asked(say.Type.ADD_ROSPEC, plain) == say.Status.FIELD_ERROR
        assert asked(say.Type.ADD_ROSPEC, ninth) == say.Status.OUT_OF_RANGE
        assert asked(say.Type.ADD_ROSPEC, loud) == say.Status.FIELD_ERROR
        assert asked(say.Type.ADD_ROSPEC, b"\x00\xb1\x00\x99") == say.Status.PARAMETER_ERROR
        assert asked(say.Type.ENABLE_ROSPEC, bytes([0, 0, 0, 8])) == say.Status.FIELD_ERROR
        assert asked(say.Type.ENABLE_ROSPEC, b"\0") == say.Status.PARAMETER_ERROR
        assert asked(46) == say.Status.UNSUPPORTED_MESSAGE
        for kind in (24, 24, 25, 22, 23, 21):
            assert asked(kind, bytes([0, 0, 0, 1])) == say.Status.SUCCESS, kind
        reader.do(lambda: None)  # it answers first and acts then
        assert reader.device.radio.rospecs == {}
    finally:
        host.line.close()


def test_a_reset_forgets_the_inventory_and_hangs_up(reader: Reader) -> None:
    host = reader.connect()
    host.next()
    host.ask(say.Type.ADD_ROSPEC, say.tlv(177, bytes(3) + b"\x01\0\0" + say.tlv(183, b"\0\1\0\1")))
    assert host.status() == say.Status.SUCCESS
    reader.do(reader.device.reset)

    assert host.next() is None
    assert reader.device.radio.rospecs == {}
    host.line.close()


def test_it_greets_when_it_has_booted(reader: Reader) -> None:
    reader.do(lambda: reader.device.silence(0.3))
    before = reader.loop.now()
    host = reader.connect()

    assert host.next().type == say.Type.READER_EVENT_NOTIFICATION
    assert reader.loop.now() - before >= 200_000_000
    host.line.close()


def test_every_fault_of_its_own_is_in_the_table_of_faults() -> None:
    table = (Path(__file__).parents[3] / "firmware_sim/README.md").read_text("utf-8")

    for name in (*Llrp.own_frame_faults, *Llrp.own_episodes):
        assert f"| `{name}` |" in table, name


def test_its_frame_faults_change_only_what_they_say() -> None:
    dice = random.Random(1)
    message = say.report(1, [say.tag_report(bytes(12), AS_PUBLISHED)])
    halves = {Llrp.own_frame_faults["llrp.half_message"](message, dice) for _ in range(200)}
    wrong = {Llrp.own_frame_faults["llrp.wrong_length"](message, dice) for _ in range(200)}

    assert all(message.startswith(half) and 10 <= len(half) < len(message) for half in halves)
    assert {m[:2] + m[6:] for m in wrong} == {message[:2] + message[6:]}
    sizes = {int.from_bytes(m[2:6], "big") - len(message) for m in wrong}
    assert sizes == set(range(-8, 9)) - {0}
