"""Wiegand through a converter: every form exact, nothing guessed, parity told apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.config import ReaderSettings
from gatekeeper.credential import canonical
from gatekeeper.errors import CodecError, ConfigError
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Garbage, GarbageReason, Tag
from gatekeeper.readers.wiegand import WiegandReader

FACILITY_31 = bytes.fromhex("023E02A3")  # published: 31, 337


def decode(data: bytes, **options: str) -> list[object]:
    codec = make_codec("wiegand", {"format": "H10301"} | options)
    return [*codec.feed(data), *codec.idle()]


def credentials(data: bytes, **options: str) -> list[str]:
    return [frame.credential for frame in decode(data, **options) if isinstance(frame, Tag)]


@pytest.mark.parametrize(
    ("text", "options", "credential"),
    [
        ("03100337\r\n", {}, "w26:31:337"),
        ("031,00337\n", {}, "w26:31:337"),
        ("W26:31,337\r", {}, "w26:31:337"),
        ("W26:031:00337\r\n", {"form": "prefixed"}, "w26:31:337"),
        ("W26:03100337\r\n", {"form": "prefixed"}, "w26:31:337"),
        ("023E02A3\r\n", {}, "w26:31:337"),
        ("023e02a3\r\n", {"form": "hex"}, "w26:31:337"),
        ("23E02A3\r\n", {"form": "hex"}, "w26:31:337"),
        ("1F0151\r\n", {"form": "hex"}, "w26:31:337"),
        ("10001111100000001010100011\r\n", {}, "w26:31:337"),
        ("0466043981\r\n", {"format": "H10306", "form": "decimal"}, "w34:4660:43981"),
        ("00118001603\r\n", {"format": "H10304"}, "w37:118:1603"),
        ("01234567890\r\n", {"format": "H10302"}, "w37:0:1234567890"),
        ("62E3086C\r\n", {"format": "raw"}, "uid:62E3086C"),
        ("62E3086C\r\n", {"format": "raw", "uid_order": "reversed"}, "uid:6C08E362"),
        ("047BCB51962280\r\n", {"format": "raw"}, "uid:047BCB51962280"),
        ("1659045996\r\n", {"format": "raw", "form": "decimal"}, "uid:62E3086C"),
        ("ID=031/00337;\r", {"template": "ID={F:3}/{C:5};"}, "w26:31:337"),
        ("fc 31 card 337\r", {"template": "fc {F} card {C}"}, "w26:31:337"),
        ("#07:1F0151\r", {"template": "#{?:2}:{D:6}"}, "w26:31:337"),
        ("x023E02A3\r", {"template": "x{H:8}"}, "w26:31:337"),
        ("n2031953\r", {"template": "n{N}"}, "w26:31:337"),
        ("c=77\r", {"format": "H10302", "template": "c={C}"}, "w37:0:77"),
    ],
)
def test_a_line_says_its_number(text: str, options: dict[str, str], credential: str) -> None:
    assert credentials(text.encode(), **options) == [credential]
    assert canonical(credential) == credential


@pytest.mark.parametrize(
    ("frame", "options", "credential"),
    [
        ("0A3CE61816", {"format": "H10302"}, "w37:0:21985692683"),
        ("0D308FC889", {"format": "H10302"}, "w37:0:28324652100"),
        ("0A26A529D1", {"format": "H10304"}, "w37:41578:169192"),
        ("0DE2D3051A", {"format": "H10304"}, "w37:56877:98957"),
    ],
)
def test_bits_whose_first_byte_is_an_end_of_line_are_bits(
    frame: str, options: dict[str, str], credential: str
) -> None:
    bits = bytes.fromhex(frame)
    damaged = bits[:-1] + bytes([bits[-1] ^ 0x40])

    assert credentials(bits, **options) == [credential]
    assert credentials(bits * 3, **options) == [credential] * 3
    assert decode(damaged + bits, **options) == [
        Garbage(GarbageReason.PARITY, damaged),
        Tag(credential),
    ]
    assert decode(bits[:3], **options) == [Garbage(GarbageReason.LENGTH, bits[:3])]


@given(st.lists(st.sampled_from(list(b"\r\n\x00\x1f09Aa,\xff")), max_size=40).map(bytes))
def test_what_begins_like_an_end_of_line_is_told_wherever_the_stream_is_cut(data: bytes) -> None:
    codec = make_codec("wiegand", {"format": "H10304"})
    in_pieces = [frame for byte in data for frame in codec.feed(bytes([byte]))] + codec.idle()

    assert b"".join(frame.raw for frame in in_pieces) == data
    assert in_pieces == decode(data, format="H10304")


@pytest.mark.parametrize("lines", ["\r\n00118001603\r\n", "\n\n00118001603\r", "00118001603\n" * 2])
def test_an_end_of_line_before_text_is_no_bits(lines: str) -> None:
    found = credentials(lines.encode(), format="H10304")

    assert found == ["w37:118:1603"] * lines.count("1603")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("3100337\r\n", {}),  # a digit is missing
        ("003100337\r\n", {}),  # one too many: the end of a long number is no short one
        ("99900337\r\n", {}),  # facility above 255
        ("03199999\r\n", {"form": "decimal"}),  # card above 65535
        ("023E02A3\r\n", {"form": "decimal"}),
        ("03100337\r\n", {"form": "hex"}),  # hexadecimal, but of more than 26 bits or odd
        ("W34:31,337\r\n", {}),
        ("1F0151\r\n", {}),  # without parity bits only where the form says so
        ("hello\r\n", {}),
        ("\r\n", {}),
    ],
)
def test_what_is_no_number_of_the_form_is_garbage(text: str, options: dict[str, str]) -> None:
    found = decode(text.encode(), **options)

    assert [type(frame) for frame in found] == [Garbage]
    assert found[0].raw == text.encode()  # type: ignore[attr-defined]


def test_a_line_that_means_two_things_is_refused_unless_the_form_is_named() -> None:
    line = b"00000007\r\n"

    assert credentials(line, form="decimal") == ["w26:0:7"]
    assert credentials(line, form="hex") == ["w26:0:3"]
    assert decode(line) == [Garbage(GarbageReason.FRAMING, line)]


@given(st.integers(0, 255), st.integers(0, 65535))
def test_auto_never_reads_another_number_than_the_form_that_was_meant(
    facility: int, card: int
) -> None:
    tag = Tag(f"w26:{facility}:{card}")
    for form in ("binary", "decimal", "hex", "bits", "prefixed"):
        sent = make_codec("wiegand", {"format": "H10301", "form": form, "end": "cr"}).encode(tag)
        found = credentials(sent)

        assert found in ([tag.credential], [])
        assert found or form in ("decimal", "hex")


@given(st.integers(0, 255), st.integers(0, 65535), st.integers(0, 25))
def test_one_wrong_bit_is_seen_by_parity(facility: int, card: int, bit: int) -> None:
    whole = make_codec("wiegand", {"format": "H10301"}).encode(Tag(f"w26:{facility}:{card}"))
    wrong = (int.from_bytes(whole, "big") ^ 1 << bit).to_bytes(4, "big")

    assert decode(wrong, form="binary") == [Garbage(GarbageReason.PARITY, wrong)]


def test_a_bad_number_does_not_move_those_behind_it() -> None:
    wrong = (int.from_bytes(FACILITY_31, "big") ^ 2).to_bytes(4, "big")

    assert credentials(FACILITY_31 + wrong + FACILITY_31) == ["w26:31:337"] * 2
    assert credentials(b"\xff\xff" + FACILITY_31) == ["w26:31:337"]


def test_two_formats_of_37_bits_differ() -> None:
    bits = bytes.fromhex("1007600C86")

    assert credentials(bits, format="H10304") == ["w37:118:1603"]
    assert credentials(bits, format="H10302") == [f"w37:0:{118 << 19 | 1603}"]


def test_a_bare_uid_is_ended_by_silence() -> None:
    codec = make_codec("wiegand", {"format": "raw", "form": "bytes"})

    assert codec.feed(bytes.fromhex("04A1B2C3")) == []
    assert codec.idle() == [Tag("uid:04A1B2C3")]
    assert codec.feed(bytes.fromhex("04A1B2")) == []
    assert codec.idle() == [Garbage(GarbageReason.LENGTH, bytes.fromhex("04A1B2"))]


def test_a_line_without_an_end_is_taken_at_silence_only_when_told() -> None:
    assert credentials(b"03100337", end="silence") == ["w26:31:337"]
    assert decode(b"03100337") == [Garbage(GarbageReason.LENGTH, b"03100337")]
    assert credentials(b"03100", end="silence") == []


def test_a_line_that_is_too_long_is_refused_to_its_end() -> None:
    found = decode(b"9" * 70 + b"03100337\r\n" + b"03100337\r\n")

    assert [type(frame) for frame in found] == [Garbage, Tag]


def test_stx_frames_are_checked() -> None:
    frame = make_codec("wiegand", {"format": "H10301", "form": "stx"}).encode(Tag("w26:31:337"))

    assert frame == b"\x020310033705\x03"
    assert credentials(frame, form="stx") == ["w26:31:337"]
    assert decode(frame.replace(b"0337", b"0338"), form="stx") == [
        Garbage(GarbageReason.CHECKSUM, frame.replace(b"0337", b"0338"))
    ]


@pytest.mark.parametrize(
    "template", ["?", "", "{F:3}", "{C:5}", "{F}{C}{N}", "{D:6}{D:6}", "ü{N}", "{X:3}"]
)
def test_a_template_that_says_no_number_is_refused(template: str) -> None:
    with pytest.raises(CodecError, match=r"option template=.* seen; .+ is due"):
        make_codec("wiegand", {"format": "H10301", "template": template})


def test_the_format_must_be_named() -> None:
    with pytest.raises(CodecError, match=r"format not seen; H10301 or .+ is due"):
        make_codec("wiegand")
    settings = ReaderSettings(id="door", driver="wiegand", url="unused", gate="g")
    with pytest.raises(ConfigError, match="reader 'door': option format not seen"):
        WiegandReader(settings, SystemClock())


def test_bytes_are_for_a_raw_uid_only() -> None:
    with pytest.raises(CodecError, match="form=bytes seen with format=H10301; format=raw is due"):
        make_codec("wiegand", {"format": "H10301", "form": "bytes"})


def test_a_number_is_a_tap_and_another_form_is_told_as_health(clock: Any, line: Any) -> None:
    settings = ReaderSettings(
        id="door",
        driver="wiegand",
        url="unused",
        gate="g",
        options={"format": "H10301", "form": "decimal"},
    )
    driver = WiegandReader(settings, clock, line)
    driver.open()
    for _ in range(6):
        line.deliver(b"023E02A3\r\n", 500)
    for _ in range(80):
        assert driver.read() == []
    assert "form and format of the converter" in driver.problem()

    line.deliver(b"03100337\r\n")
    reads = [*driver.read(), *driver.read()]

    assert [read.credential for read in reads] == ["w26:31:337"]
    assert driver.problem() == ""
    assert line.written == []
