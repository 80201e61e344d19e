"""The scanner driver: a text is a ticket, and a card only where the settings say so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.config import ReaderSettings
from gatekeeper.credential import canonical, printed_low_bits
from gatekeeper.errors import CodecError, ConfigError
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.options import parse_options
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of
from gatekeeper.readers.scanner import ScannerReader
from gatekeeper.readers.typed import TEXT_OPTIONS, CardText


def decode(data: bytes, **options: str) -> list[object]:
    codec = make_codec("scanner", options)
    return [*codec.feed(data), *codec.idle()]


def reader(clock: Any, line: Any, **options: Any) -> tuple[ScannerReader, Presenter]:
    settings = ReaderSettings(id="door", driver="scanner", url="unused", gate="g", options=options)
    driver = ScannerReader(settings, clock, line)
    driver.open()
    return driver, Presenter(rules_of(settings, driver))


def shown(driver: Any, presenter: Presenter, clock: Any, seconds: float) -> list[str]:
    end_ns, found = clock.ns + seconds * 1e9, []
    while clock.ns < end_ns:
        found += [p.credential for read in driver.read() for p in presenter.feed(read)]
    return found


def meaning(text: str, **options: str) -> str:
    return CardText(parse_options(TEXT_OPTIONS, options)).credential(text)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_end_of_line_will_do(end: str) -> None:
    data = f"one{end}two{end}".encode()

    assert [f.credential for f in decode(data) if isinstance(f, Tag)] == ["qr:one", "qr:two"]


def test_a_text_may_have_512_characters_and_no_more() -> None:
    assert decode(b"A" * 512 + b"\r") == [Tag("qr:" + "A" * 512)]

    found = decode(b"A" * 513 + b"\rnext\r")

    assert {type(frame) for frame in found[:-1]} == {Garbage}
    assert found[-1] == Tag("qr:next")


def test_the_end_of_a_text_that_is_too_long_is_no_text() -> None:
    """However it is cut, nothing of it comes out before the line has ended."""
    codec = make_codec("scanner")
    found = [frame for _ in range(300) for frame in codec.feed(b"0123456789")]
    found += codec.feed(b"0006572982\r")

    assert {type(frame) for frame in found} == {Garbage}
    assert {frame.reason for frame in found} == {GarbageReason.LENGTH}  # type: ignore[union-attr]
    assert codec.feed(b"next\r\n")[-1] == Tag("qr:next")


@pytest.mark.parametrize("bad", [b"\x80", "ก".encode(), b"\x00", b"\x1b", b"\x7f", b"\t"])
def test_what_is_not_printable_ascii_spoils_its_whole_line(bad: bytes) -> None:
    line = b"GK1-" + bad + b"0006572982\r"

    assert decode(line) == [Garbage(GarbageReason.FRAMING, line)]


def test_silence_ends_a_text_only_when_told() -> None:
    assert decode(b"GK1-7QK2") == [Garbage(GarbageReason.LENGTH, b"GK1-7QK2")]
    assert decode(b"GK1-7QK2", end="silence") == [Tag("qr:GK1-7QK2")]
    assert decode(b"GK1-7QK2\r\n", end="silence") == [Tag("qr:GK1-7QK2")]
    assert decode(b"one\rtwo", end="silence") == [Garbage(GarbageReason.FRAMING, b"one\rtwo")]


def test_blanks_around_a_text_are_not_part_of_it() -> None:
    assert decode(b"  a b \r") == [Tag("qr:a b")]
    assert decode(b"   \r") == [Garbage(GarbageReason.FRAMING, b"   \r")]


@pytest.mark.parametrize("text", ["qr: x", "qr:", "qr:" + "A" * 513, "qr:ก", "qr:a\rb"])
def test_it_refuses_to_encode_what_is_no_line(text: str) -> None:
    with pytest.raises(CodecError, match="printable ASCII are due"):
        make_codec("scanner").encode(Tag(text))


CARDLIKE = st.sampled_from(
    ["0006572982", "100,19382", "uid:047BCB51962280", "em4100:62E3086CED", "62E3086CED",
     "epc:300833B2DDD9014000000001", "w26:31:337", "047BCB51962280", "]C10006572982"]
)  # fmt: skip


@pytest.mark.parametrize("content", ["auto", "qr"])
@given(text=CARDLIKE | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1))
def test_no_text_poses_as_a_card_unless_the_settings_allow_it(content: str, text: str) -> None:
    found = meaning(text, content=content)

    assert found.startswith("qr:")
    assert printed_low_bits(found) is None


def test_a_text_that_the_scanner_calls_optical_is_never_a_card() -> None:
    assert meaning("]Q10006572982", content="card") == "qr:0006572982"
    assert meaning("]Q1GK1", content="auto") == "qr:GK1"
    assert meaning("]Q1GK1", content="qr") == "qr:]Q1GK1"
    assert meaning("]Q1", content="auto") == "qr:]Q1"


@pytest.mark.parametrize(
    ("text", "options", "credential"),
    [
        ("0006572982", {}, "0006572982"),
        ("100,19382", {}, "100,19382"),
        ("100 19382", {}, "100,19382"),
        ("10019382", {}, "100,19382"),
        ("4294967296", {}, "qr:4294967296"),
        ("256,00001", {}, "qr:256,00001"),
        ("100,65536", {}, "qr:100,65536"),
        ("1F00644BB6", {}, "qr:1F00644BB6"),
        ("1F00644BB6", {"number": "hex"}, "em4100:1F00644BB6"),
        ("1f00644bb6", {"number": "hex"}, "em4100:1F00644BB6"),
        ("00644BB6", {"number": "hex"}, "0006572982"),
        ("0006572982", {"number": "hex"}, "em4100:0006572982"),
        ("047BCB51962280", {"number": "hex"}, "qr:047BCB51962280"),
        ("047BCB51962280", {"number": "hex", "card": "uid"}, "uid:047BCB51962280"),
        ("04A1B2C3", {"number": "hex", "card": "uid"}, "uid:04A1B2C3"),
        ("04A1B2C3", {"number": "hex", "card": "uid", "uid_order": "reversed"}, "uid:C3B2A104"),
        ("0077705923", {"card": "uid"}, "uid:04A1B2C3"),
        ("100,19382", {"card": "uid"}, "qr:100,19382"),
        ("GK1-7QK2M4TZ", {}, "qr:GK1-7QK2M4TZ"),
    ],
)
def test_a_card_is_read_as_the_settings_say(
    text: str, options: dict[str, str], credential: str
) -> None:
    found = meaning(text, content="card", **options)

    assert found == credential
    # Canonical, or a printed number that the node resolves: nothing else leaves a driver.
    assert printed_low_bits(found) is not None or canonical(found) == found


def test_a_code_that_stays_in_view_counts_once(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line)
    for _ in range(10):
        line.deliver(b"GK1-7QK2M4TZ\r\n", 500)
    line.deliver(b"GK1-9XWV3B8N\r\n", 500)
    line.deliver(b"GK1-7QK2M4TZ\r\n", 3000)

    assert shown(driver, presenter, clock, 10) == [
        "qr:GK1-7QK2M4TZ",
        "qr:GK1-9XWV3B8N",
        "qr:GK1-7QK2M4TZ",
    ]
    assert line.written == []


@pytest.mark.parametrize(
    ("end", "sent", "within_ms"),
    [("cr", b"X1\r", 1), ("auto", b"X1\r\n", 1), ("auto", b"X1\r", 300)],
)
def test_a_lone_cr_is_answered_at_once_where_it_is_named(
    clock: Any, line: Any, end: str, sent: bytes, within_ms: int
) -> None:
    driver, _ = reader(clock, line, end=end)
    line.deliver(sent)
    begun = clock.ns
    while not (reads := driver.read()):
        pass

    assert [read.credential for read in reads] == ["qr:X1"]
    assert clock.ns - begun <= within_ms * 1e6


def test_silence_is_as_long_as_the_settings_say(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line, end="silence", silence_ms=200)
    line.deliver(b"GK1-", 10)
    line.deliver(b"7QK2", 150)
    line.deliver(b"next", 600)

    assert shown(driver, presenter, clock, 2) == ["qr:GK1-7QK2", "qr:next"]


def test_a_card_reader_on_a_serial_line_hands_on_what_is_printed(clock: Any, line: Any) -> None:
    driver, presenter = reader(clock, line, content="card")
    line.deliver(b"0006572982\r\n", 10)
    line.deliver(b"GK1-7QK2\r\n", 10)

    assert shown(driver, presenter, clock, 1) == ["0006572982", "qr:GK1-7QK2"]


def test_an_option_that_is_not_due_is_refused_by_name() -> None:
    settings = ReaderSettings(
        id="door", driver="scanner", url="x", gate="g", options={"content": "guess"}
    )

    with pytest.raises(ConfigError, match="content=guess seen; auto or qr or card is due"):
        ScannerReader(settings, SystemClock())
