"""A network UHF reader with LLRP 1.0.1: set up by the host, then it reports by itself.

Whoever connects first is its host; a second one is told that a client exists. The host asks
for capabilities and settings, sets keep-alives and events, adds an inventory (ROSpec) and
enables it; from then on each antenna's round takes 40 ms and 2 ms for each tag, and every
tag heard is reported as the ROSpec says. Keep-alives must be acknowledged: after three in a
row that were not, the reader hangs up. It keeps its ROSpecs when the host goes, and stops
only at the host's word; a reset or loss of power forgets everything.

What it does not imitate: sessions (a tag answers in every round), transmit power and modes
(checked against the capabilities, without effect on reach), triggers other than immediate,
holding of events and reports, access to tags' memory, LLRP 1.1, TLS, vendors' extensions. A
report of several tags (N above 1) is told to the truth under the first of them.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from firmware_sim import llrp_messages as say
from firmware_sim.device import Device
from firmware_sim.faults import EpisodeFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.llrp_faults import EPISODES, FRAME_FAULTS, SERVICE_FAULTS
from firmware_sim.llrp_radio import PORTS, Radio
from firmware_sim.llrp_requests import Message, Parser, RoSpec, read_config, read_rospec
from firmware_sim.loop import SECOND
from firmware_sim.tcp import TcpWire

__all__ = ["Llrp"]

UNANSWERED_MAX = 3
"""Keep-alives without an answer after which the reader takes the host for gone."""
_BOOT_S = 0.1
_ROSPEC_EVENT, _ANTENNA_EVENT = 2, 8
_DISABLED, _ACTIVE = 0, 2
_UNKNOWN_PARAMETER = say.tlv(900, b"\x00\x01\x02")


class Llrp(Device):
    """One reader on its port, with `antennas` connected (numbers from 1 to 4)."""

    schemes = ("epc",)
    touch = False
    gone_s = 1.0
    antennas_max = PORTS
    option_names = frozenset({"clock_offset_s"})
    own_frame_faults = FRAME_FAULTS
    own_episodes: ClassVar[dict[str, EpisodeFault]] = EPISODES

    wire: TcpWire

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.wire.on_connect, self.wire.on_hang_up = self._greet, self._hung_up
        self.wire.refusal = partial(self._attempt, say.Connection.CLIENT_EXISTS)
        self.heard: list[int] = []
        """Types of the messages that the host has sent since it connected."""
        self.radio = Radio(self.loop, self.rng, self.field, self.antennas)
        self.radio.works = self._radio_works
        self.radio.floods = partial(self.afflicted, "llrp.flood")
        self.radio.on_tag, self.radio.on_change = self._take, self._tell_change
        self.keepalive_ms = 0
        self._clock_offset_s = float(self.options.get("clock_offset_s", 0.0))
        self._afflicted: dict[str, int] = {}
        self._parser = Parser()
        self._number = self._talk = self._unanswered = 0
        self._events: dict[int, bool] = {}
        self._gathered: list[bytes] = []
        self._requests: dict[int, Callable[[Message], None]] = {
            say.Type.GET_READER_CAPABILITIES: self._tell_capabilities,
            say.Type.GET_READER_CONFIG: self._tell_config,
            say.Type.SET_READER_CONFIG: self._set_config,
            say.Type.ADD_ROSPEC: self._add,
            say.Type.DELETE_ROSPEC: partial(self._on_rospecs, self.radio.delete),
            say.Type.ENABLE_ROSPEC: partial(self._on_rospecs, self.radio.enable),
            say.Type.DISABLE_ROSPEC: partial(self._on_rospecs, self.radio.disable),
            say.Type.START_ROSPEC: partial(self._on_rospecs, self.radio.enable),
            say.Type.STOP_ROSPEC: partial(self._on_rospecs, self.radio.stop),
            say.Type.GET_ROSPECS: self._tell_rospecs,
            say.Type.DELETE_ACCESSSPEC: self._answer,
            say.Type.ENABLE_EVENTS_AND_REPORTS: lambda _: None,
            say.Type.KEEPALIVE_ACK: lambda _: setattr(self, "_unanswered", 0),
            say.Type.CLOSE_CONNECTION: self._close,
        }

    def make_wire(self, link: Path) -> TcpWire:
        """A port on loopback."""
        return TcpWire(self.loop, link, self.rng)

    def on_power(self) -> None:
        """Forget every setting; whoever was connected is so no longer."""
        self.radio.forget()
        self._events.clear()
        self.keepalive_ms = 0
        self.wire.hang_up()

    def on_bytes(self, data: bytes) -> None:
        """Take requests; a host that cannot be followed is hung up on."""
        try:
            requests = self._parser.feed(data)
        except ValueError:
            self.wire.hang_up()
            return
        for request in requests:
            self.heard.append(request.type)
            try:
                self._requests.get(request.type, self._unsupported)(request)
            except (ValueError, struct.error) as error:
                self._answer(request, say.Status.PARAMETER_ERROR, str(error))

    def on_episode(self, name: str, seconds: float) -> None:
        """Act out one of its own faults."""
        self._afflicted[name] = self.loop.now() + round(seconds * SECOND)
        if name in SERVICE_FAULTS:
            self.wire.hang_up()
        elif name == "llrp.stalled":
            self.radio.stall()
        elif name == "llrp.rospec_end":
            for spec in list(self.radio.rospecs.values()):
                self.radio.stop(spec)
        elif name == "llrp.antenna_off":
            self._antennas_changed(self.antennas, connected=False)
            back = partial(self._antennas_changed, self.antennas, connected=True)
            self.loop.after(seconds, back)
        elif name == "llrp.clock_jump":
            self._clock_offset_s += 3600.0

    def afflicted(self, name: str) -> bool:
        """Whether fault `name` is under way."""
        return self.loop.now() < self._afflicted.get(name, 0)

    def _now_us(self) -> int:
        return round((time.time() + self._clock_offset_s) * 1e6)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _attempt(self, status: say.Connection) -> bytes:
        return say.connection_event(self._next(), self._now_us(), status)

    def _greet(self) -> None:
        """The first word is the reader's; one that still boots says it later."""
        self._talk += 1
        self._unanswered = 0
        self.heard.clear()
        self._parser.clear()
        if self.afflicted("llrp.client_exists"):
            self.wire.send(self._attempt(say.Connection.CLIENT_EXISTS))
            self.wire.hang_up()
            return
        self._say_hello(self._talk)

    def _say_hello(self, talk: int) -> None:
        if self._talk != talk or not self.wire.host_present():
            return
        if self.silent:
            self.loop.after(_BOOT_S, lambda: self._say_hello(talk))
            return
        self.wire.send(self._attempt(say.Connection.SUCCESS))
        if self.afflicted("llrp.old_reports"):
            for tag in self.field.tags:
                self._tell_tag(tag, 1, 0xFFC0)

    def _hung_up(self) -> None:
        self._talk += 1
        self.keepalive_ms = 0

    def _answer(
        self, request: Message, code: int = say.Status.SUCCESS, text: str = "", more: bytes = b""
    ) -> None:
        self.send_frame(say.response(request.type + 10, request.number, code, text, more))

    def _unsupported(self, request: Message) -> None:
        code, text = say.Status.UNSUPPORTED_MESSAGE, f"message type {request.type}"
        self.send_frame(say.response(say.Type.ERROR_MESSAGE, request.number, code, text))

    def _tell_capabilities(self, request: Message) -> None:
        short = 1 if self.afflicted("llrp.short_capabilities") else 0
        what = say.Capabilities(antennas=PORTS)
        self.send_frame(say.capabilities(request.number, what, short_by=short))

    def _tell_config(self, request: Message) -> None:
        identity = self.reader.encode()[:8].rjust(8, b"\x00")
        self.send_frame(say.config(request.number, self.keepalive_ms, identity))

    def _set_config(self, request: Message) -> None:
        keepalive, events = read_config(request.body)
        self._events |= events
        if keepalive is not None:
            begins = not self.keepalive_ms
            self.keepalive_ms = keepalive
            if begins and keepalive:
                self._keep_alive_later(self._talk)
        self._answer(request)

    def _keep_alive_later(self, talk: int) -> None:
        self.loop.after(self.keepalive_ms / 1000, lambda: self._keep_alive(talk))

    def _keep_alive(self, talk: int) -> None:
        if self._talk != talk or not self.keepalive_ms:
            return
        if self._unanswered >= UNANSWERED_MAX:
            self.wire.hang_up()
            return
        if not self.silent and not self.afflicted("llrp.no_keepalive"):
            self._unanswered += 1
            self.send_frame(say.message(say.Type.KEEPALIVE, self._next()))
        self._keep_alive_later(talk)

    def _add(self, request: Message) -> None:
        if self.afflicted("llrp.error_status"):
            self._answer(request, say.Status.DEVICE_ERROR, "radio module does not answer")
            return
        spec = read_rospec(request.body)
        powers, modes = set(spec.powers.values()), set(spec.modes.values())
        if spec.number == 0 or spec.number in self.radio.rospecs or spec.state != _DISABLED:
            self._answer(request, say.Status.FIELD_ERROR, f"ROSpec {spec.number}")
        elif not set(spec.antennas) <= {0, *range(1, PORTS + 1)}:
            self._answer(request, say.Status.OUT_OF_RANGE, f"antennas {spec.antennas}")
        elif not powers <= set(range(1, len(say.POWERS) + 1)) or not modes <= set(say.MODES):
            self._answer(request, say.Status.FIELD_ERROR, f"power {powers} or mode {modes}")
        else:
            self.radio.rospecs[spec.number] = spec
            self._answer(request)

    def _on_rospecs(self, change: Callable[[RoSpec], None], request: Message) -> None:
        (number,) = struct.unpack("!I", request.body)
        if number and number not in self.radio.rospecs:
            self._answer(request, say.Status.FIELD_ERROR, f"no ROSpec {number}")
            return
        self._answer(request)
        for spec in [self.radio.rospecs[number]] if number else list(self.radio.rospecs.values()):
            change(spec)

    def _tell_change(self, spec: RoSpec) -> None:
        begins = spec.state == _ACTIVE
        event = partial(say.rospec_event, rospec=spec.number, end=not begins)
        self._notify(_ROSPEC_EVENT, event)
        if begins:
            missing = set(self.radio.ports(spec)) - set(self.antennas)
            self._antennas_changed(sorted(missing), connected=False)

    def _tell_rospecs(self, request: Message) -> None:
        specs = b"".join(
            say.tlv(177, spec.raw[:5] + bytes([spec.state]) + spec.raw[6:])
            for spec in self.radio.rospecs.values()
        )
        self._answer(request, more=specs)

    def _close(self, request: Message) -> None:
        self.send_frame(say.response(say.Type.CLOSE_CONNECTION_RESPONSE, request.number))
        self.wire.hang_up()

    def _notify(self, event: int, build: Callable[[int, int], bytes]) -> None:
        if self._events.get(event) and not self.silent:
            self.send_frame(build(self._next(), self._now_us()))

    def _antennas_changed(self, antennas: Iterable[int], *, connected: bool) -> None:
        for antenna in antennas:
            event = partial(say.antenna_event, antenna=antenna, connected=connected)
            self._notify(_ANTENNA_EVENT, event)

    def _radio_works(self) -> bool:
        return self.wire.plugged and not self.silent and not self.afflicted("llrp.antenna_off")

    def _take(self, spec: RoSpec, tag: Tag, antenna: int) -> None:
        if spec.every == 1:
            self._tell_tag(tag, antenna, spec.selector, spec.number)
        elif spec.every:
            self._gathered.append(self._described(tag, antenna, spec.selector, spec.number))
            if len(self._gathered) >= spec.every:
                told, self._gathered = self._gathered, []
                self.send_frame(
                    say.report(self._next(), told), credential=tag.credential, antenna=antenna
                )

    def _tell_tag(self, tag: Tag, antenna: int, selector: int, rospec: int = 1) -> None:
        told = [self._described(tag, antenna, selector, rospec)]
        self.send_frame(say.report(self._next(), told), credential=tag.credential, antenna=antenna)

    def _described(self, tag: Tag, antenna: int, selector: int, rospec: int) -> bytes:
        rssi = round(tag.rssi_dbm(antenna, self.loop.now(), self.rng))
        return say.tag_report(
            credential_bytes(tag.credential),
            selector,
            rospec=rospec,
            antenna=antenna,
            rssi=min(max(rssi, -128), 127),
            seen_us=self._now_us(),
            extra=_UNKNOWN_PARAMETER if self.afflicted("llrp.unknown_parameter") else b"",
        )
