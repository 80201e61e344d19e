"""What is said with an LLRP reader: bytes in, reads out. No socket, no thread.

The only room that imports sllurp. What it takes from there is the state machine that sets a
reader up (`LLRPClient`), the plan of an inventory, and the code of messages; messages are
cut out of the stream by our own codec. sllurp is used in ways that its faults cannot reach:
it waits for ever after an error status and for a length that is wrong, dies of an answer
that is a byte short, throws away what follows a message that it cannot read, and takes a
power below the reader's least for "as much as there is".
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from typing import Any

from sllurp.llrp import LLRPClient, LLRPMessage, LLRPReaderConfig, LLRPReaderState

from gatekeeper.credential import epc
from gatekeeper.errors import CredentialError, GatekeeperError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.allowance import Allowance
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage
from gatekeeper.readers.codecs.llrp_framing import LlrpFraming, parameters
from gatekeeper.readers.codecs.llrp_table import HEADER, MessageType, ParameterType, RoSpecState
from gatekeeper.readers.facts import Counters
from gatekeeper.readers.llrp_health import Health
from gatekeeper.readers.llrp_plan import Plan, choose_power, clean

__all__ = ["Talk"]

REPORTS_A_SECOND, REPORTS_AT_ONCE = 1000, 2000
"""What is beyond is a flood: it is dropped before anything is made of it."""
ROSPEC = 1
"""Number of the inventory."""
WHOLE_NS = 3 * SECOND
"""A message that is still not whole after so long has a wrong length: what comes meanwhile is
the next ones, and they would be swallowed."""
ASK_AGAIN_NS = SECOND
"""A reader that seems to have stopped is asked a second time after so long."""

# sllurp logs each defect it swallows; here each becomes a fault or a count instead.
logging.getLogger("sllurp").setLevel(logging.CRITICAL + 1)
log = logging.getLogger("gatekeeper.readers")

_ASK = struct.Struct("!HII")
_ASK_NUMBER = 0x4B454550
_READING = (LLRPReaderState.STATE_SENT_ENABLE_ROSPEC, LLRPReaderState.STATE_INVENTORYING)
"""States in which a report can only be of the inventory that was asked for."""
_SUCCESS = {"StatusCode": "Success"}
_REFUSED = {
    "Failed (a Reader initiated connection already exists)": "the reader is connected to a host "
    "of its own choice; switch its own connection off",
    "Failed (a Client initiated connection already exists)": "another client has the reader; "
    "end that program, or wait until the reader gives its connection up",
}


class Talk:
    """One connection's talk, from the reader's first word. Used by one thread.

    Every call may raise ReaderError, when the reader must be set up anew, or whatever `send`
    raises.
    """

    def __init__(
        self,
        plan: Plan,
        reader: str,
        clock: Clock,
        counters: Counters,
        send: Callable[[bytes], None],
    ) -> None:
        now_ns = clock.monotonic_ns()
        self.health = Health(plan, now_ns, counters)
        self.model = ""
        """Maker, model and firmware, as the reader tells them."""
        self._plan, self._reader, self._clock, self._counters = plan, reader, clock, counters
        self._config = LLRPReaderConfig(plan.as_config())
        self._client = LLRPClient(self._config, transport_tx_write=send)
        self._send = send
        self._framing = LlrpFraming()
        self._allowance = Allowance(REPORTS_A_SECOND, REPORTS_AT_ONCE)
        self._asks = bool(plan.check_s)
        self._seen_ns = self._asked_ns = self._whole_ns = now_ns
        self._doubts = 0

    @property
    def running(self) -> bool:
        """Whether the reader has begun its inventory."""
        return bool(self._client.state == LLRPReaderState.STATE_INVENTORYING)

    @property
    def waits_for(self) -> str:
        """What the set-up has come to, in words."""
        state = self._client.state
        if state == LLRPReaderState.STATE_DISCONNECTED:
            return "the reader's first word"
        name = str(LLRPReaderState.getStateName(state)).removeprefix("STATE_SENT_").lower()
        return "tags" if self.running else f"the answer to {name}"

    @property
    def pending(self) -> bool:
        """Whether half a message has come."""
        return self._framing.pending > 0

    def feed(self, data: bytes) -> list[CardRead]:
        """Reads that `data` completes; what the reader must be answered is sent."""
        now_ns, began_before = self._clock.monotonic_ns(), self.pending
        frames = self._framing.feed(data)
        if frames or not began_before:
            self._whole_ns = now_ns
        elif now_ns - self._whole_ns >= WHOLE_NS:
            frames = self._framing.idle()
        return self._take_all(frames)

    def idle(self) -> list[CardRead]:
        """Nothing more comes: half a message will not be completed."""
        return self._take_all(self._framing.idle())

    def ask(self) -> None:
        """Ask whether the inventory goes on, where no tag has proven it for some time.

        Keep-alives prove the reader's software, not its radio.
        """
        now_ns = self._clock.monotonic_ns()
        period_ns = ASK_AGAIN_NS if self._doubts else self._plan.check_s * SECOND
        if not self.running or not self._asks:
            return
        if now_ns - max(self._seen_ns, self._asked_ns) >= period_ns:
            self._asked_ns = now_ns
            self._send(_ASK.pack(1 << 10 | MessageType.GET_ROSPECS, HEADER, _ASK_NUMBER))

    def say_goodbye(self) -> None:
        """Stop the inventory and ask the reader to hang up."""
        self._client.sendMessage({"DELETE_ROSPEC": {"ROSpecID": 0}})
        self._client.sendMessage({"CLOSE_CONNECTION": {}})

    def _take_all(self, frames: list[Frame]) -> list[CardRead]:
        now_ns, reads = self._clock.monotonic_ns(), list[CardRead]()
        for frame in frames:
            if isinstance(frame, Garbage):
                self.health.garbage(frame.reason.value, now_ns)
                log.debug("%s: garbage (%s): %s", self._reader, frame.reason.value, frame.hex)
            elif isinstance(frame, Answer):
                self._counters.frames += 1
                self.health.hear(now_ns)
                reads += self._take(frame, now_ns)
        return reads

    def _take(self, frame: Answer, now_ns: int) -> list[CardRead]:
        if frame.name == "ro_access_report":
            return self._take_report(frame, now_ns)
        if frame.name == "get_rospecs_response":
            self._take_rospecs(frame.raw)
            return []
        message = self._decode(frame)
        if message is not None:
            self._take_answer(frame.name, message, now_ns)
        return []

    def _take_report(self, frame: Answer, now_ns: int) -> list[CardRead]:
        if self._client.state not in _READING:
            # Kept from an earlier inventory: whoever it tells of may be gone by now.
            self._counters.errors["early_report"] += 1
            return []
        if self._allowance.take(1, now_ns) > 0:
            self._counters.errors["reports_dropped"] += 1
            return []
        message = self._decode(frame)
        tags = message.msgdict["RO_ACCESS_REPORT"]["TagReportData"] if message else []
        if tags:
            self._seen_ns = now_ns
        return [read for tag in tags if (read := self._read(tag, now_ns)) is not None]

    def _read(self, tag: dict[str, Any], now_ns: int) -> CardRead | None:
        try:
            credential = epc(tag["EPC"].decode("ascii"))
        except (CredentialError, KeyError) as error:
            self._counters.errors["tag_without_epc"] += 1
            log.debug("%s: %s", self._reader, error)
            return None
        told_us = tag.get("LastSeenTimestampUTC") or tag.get("FirstSeenTimestampUTC")
        if told_us:
            self.health.take_clock(told_us, self._clock)
        return CardRead(
            reader=self._reader,
            credential=credential,
            antenna=tag.get("AntennaID"),
            rssi_dbm=tag.get("PeakRSSI"),
            seen_ns=now_ns,
            seen_at=self._clock.now(),
        )

    def _decode(self, frame: Answer) -> Any | None:
        """sllurp's view of a message; a set-up cannot go on without each of its answers."""
        try:
            message = LLRPMessage(msgbytes=frame.raw)
        except Exception as error:
            self._counters.errors["undecodable"] += 1
            if self.running or frame.name == "ro_access_report":
                return None
            raise self._strange(frame.name, error) from error
        return message

    def _take_answer(self, name: str, message: Any, now_ns: int) -> None:
        body = message.msgdict[message.getName()]
        if name == "reader_event_notification":
            self._take_event(body.get("ReaderEventNotificationData", {}), now_ns)
        elif (status := body.get("LLRPStatus", _SUCCESS)).get("StatusCode") != "Success":
            self._take_refusal(name, status)
            return
        try:
            if name == "get_reader_capabilities_response":
                self._take_capabilities(body)
            self._client.handleMessage(message)
            if name == "get_reader_capabilities_response":
                self._plan_inventory()
        except GatekeeperError:
            raise
        except Exception as error:
            raise self._strange(name, error) from error

    def _take_refusal(self, name: str, status: dict[str, Any]) -> None:
        code = status.get("StatusCode", "an unknown status")
        words = clean(status.get("ErrorDescription", b""))
        if self.running:
            # Nothing is asked of a running reader but how its inventory goes.
            self._counters.errors["error_message"] += 1
            self._asks = not self._plan.keepalive_ms
            return
        raise ReaderError(f"{self._plan.url}: {name}: {code} ({words}) seen; success is due")

    def _take_event(self, event: dict[str, Any], now_ns: int) -> None:
        stamp = event.get("UTCTimestamp")
        if stamp:
            self.health.take_clock(stamp["Microseconds"], self._clock)
        self.health.take_event(event, now_ns)
        attempt = event.get("ConnectionAttemptEvent", {}).get("Status", "Success")
        if self.running and attempt != "Success":
            self._counters.errors["another_client_tried"] += 1
        elif attempt != "Success":
            words = _REFUSED.get(attempt, f"the reader refuses: {clean(attempt)}")
            raise ReaderError(f"{self._plan.url}: {words}; a free reader is due")
        if "ConnectionCloseEvent" in event:
            raise TransportError(f"{self._plan.url}: the reader's goodbye seen; reports are due")
        inventory = event.get("ROSpecEvent", {})
        if self.running and inventory.get("EventType", "Start_of_ROSpec") != "Start_of_ROSpec":
            self._counters.errors["inventory_ended"] += 1
            raise ReaderError(f"{self._plan.url}: the end of the inventory seen; none is due")

    def _take_rospecs(self, raw: bytes) -> None:
        states = {}
        for kind, begin, _ in parameters(raw, HEADER, len(raw)):
            if kind == ParameterType.LLRP_STATUS and raw[begin : begin + 2] != b"\0\0":
                self._take_refusal("get_rospecs_response", {})
                return
            if kind == ParameterType.ROSPEC:
                states[int.from_bytes(raw[begin : begin + 4], "big")] = raw[begin + 5]
        if not self.running:
            return
        self._doubts = 0 if states.get(ROSPEC) == RoSpecState.ACTIVE else self._doubts + 1
        if self._doubts > 1:
            self._counters.errors["inventory_stalled"] += 1
            raise ReaderError(f"{self._plan.url}: an inventory at rest seen; an active one is due")

    def _take_capabilities(self, body: dict[str, Any]) -> None:
        general = body["GeneralDeviceCapabilities"]
        firmware = clean(general["ReaderFirmwareVersion"])
        self.model = f"{general['DeviceManufacturerName']}/{general['ModelName']} {firmware}"
        band = body["RegulatoryCapabilities"]["UHFBandCapabilities"]
        powers = choose_power(self._plan, band["TransmitPowerLevelTableEntry"])
        self._config.tx_power = powers

    def _plan_inventory(self) -> None:
        """Each tag is reported when it is seen, not at the end of an inventory without end."""
        self._client.getROSpec(force_new=True)["ROReportSpec"]["N"] = 1
        mode, tari = self._client.reader_mode, self._plan.tari_ns
        if mode and tari and not mode["MinTari"] <= tari <= mode["MaxTari"]:
            raise ReaderError(
                f"{self._plan.url}: tari {tari} seen; {mode['MinTari']} to {mode['MaxTari']} "
                f"is due in mode {self._plan.mode}"
            )

    def _strange(self, name: str, error: Exception) -> ReaderError:
        return ReaderError(
            f"{self._plan.url}: {name} that makes no sense seen ({clean(repr(error))}); "
            "one as in the standard is due"
        )
