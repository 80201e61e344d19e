"""Credentials: one canonical form, whoever wrote it and however."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.credential import (
    EPC_MAX_DIGITS,
    QR_MAX,
    canonical,
    em4100,
    epc,
    is_untrusted,
    masked,
    printed_low_bits,
    qr,
    scheme_of,
    uid,
    wiegand,
)
from gatekeeper.errors import CredentialError

HEX = "0123456789ABCDEF"


def hexadecimal(*digits: int) -> st.SearchStrategy[str]:
    return st.sampled_from(digits).flatmap(lambda n: st.text(HEX, min_size=n, max_size=n))


EM4100 = hexadecimal(10).map(lambda value: f"em4100:{value}")
UID = hexadecimal(8, 14, 20).map(lambda value: f"uid:{value}")
EPC = hexadecimal(*range(4, EPC_MAX_DIGITS + 1, 4)).map(lambda value: f"epc:{value}")
WIEGAND = st.one_of(
    st.builds("w26:{}:{}".format, st.integers(0, 255), st.integers(0, 65535)),
    st.builds("w34:{}:{}".format, st.integers(0, 65535), st.integers(0, 65535)),
    st.builds("w37:{}:{}".format, st.integers(0, 65535), st.integers(0, (1 << 35) - 1)),
)
QR = st.text(min_size=1, max_size=QR_MAX).filter(
    lambda text: text.isprintable() and text == text.strip()
)
CREDENTIAL = st.one_of(EM4100, UID, EPC, WIEGAND, QR.map(lambda value: f"qr:{value}"))


@given(CREDENTIAL)
def test_what_is_canonical_stays_as_it_is(credential: str) -> None:
    assert canonical(credential) == credential


@given(st.text())
def test_any_text_gives_one_canonical_form_or_is_refused(text: str) -> None:
    try:
        once = canonical(text)
    except CredentialError:
        return

    assert canonical(once) == once
    assert once.startswith(("em4100:", "uid:", "epc:", "w26:", "w34:", "w37:", "qr:"))


@given(st.one_of(EM4100, UID, EPC), st.sampled_from(["", " ", ":", "-", "\u00a0"]), st.booleans())
def test_case_and_separators_do_not_matter(credential: str, separator: str, lower: bool) -> None:
    scheme, value = credential.split(":")
    pairs = separator.join(value[n : n + 2] for n in range(0, len(value), 2))
    written = f" {scheme.title()} : {pairs} "

    assert canonical(written.lower() if lower else written) == credential


@given(CREDENTIAL)
def test_schemes_and_digits_in_thai_mean_the_same(credential: str) -> None:
    scheme, value = credential.split(":", 1)
    thai = value.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    assert canonical(f"{scheme}:{thai}") == (f"qr:{thai}" if scheme == "qr" else credential)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("62e3086ced", "em4100:62E3086CED"),
        ("62 E3 08 6C ED", "em4100:62E3086CED"),
        ("04:7B:CB:51:96:22:80", "uid:047BCB51962280"),
        ("24d34f59", "uid:24D34F59"),
        ("0102030405060708090A", "uid:0102030405060708090A"),
        ("300833B2DDD9014000000001", "epc:300833B2DDD9014000000001"),
        ("300833B2DDD9", "epc:300833B2DDD9"),
        ("100,19382", "em4100:0000644BB6"),
        ("100 19382", "em4100:0000644BB6"),
        ("em4100:100.19382", "em4100:0000644BB6"),
        ("๑๐๐,๑๙๓๘๒", "em4100:0000644BB6"),
        ("W26: 123, 4567", "w26:123:4567"),
        ("w26:007:00042", "w26:7:42"),
        ("w26:7\x1d:42", "w26:7:42"),
        ("qr:  https://a.example/x?y=1 ", "qr:https://a.example/x?y=1"),
        ("QR:บัตร ๑๒", "qr:บัตร ๑๒"),
    ],
)
def test_what_people_and_readers_write_is_understood(written: str, meant: str) -> None:
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        ":",
        "uid:",
        "uid:0",
        "uid:047BCB519622",
        "uid:047BCB51962G80",
        "em4100:62E3086CE",
        "em4100:62E3086CED0",
        "em4100:256,00001",
        "em4100:001,65536",
        "300,00001",
        "epc:",
        "epc:30083",
        "epc:" + "0" * (EPC_MAX_DIGITS + 4),
        "0" * (EPC_MAX_DIGITS + 4),
        "1234",
        "w26:256:1",
        "w26:1:65536",
        "w26:-1:5",
        "w26:1",
        "w26:1:2:3",
        "w34:65536:0",
        "w37:0:34359738368",
        "w27:1:2",
        "qr:",
        "qr:\n",
        "qr:a\nb",
        "qr:a\x00b",
        "qr:\ud800",
        "qr:" + "x" * (QR_MAX + 1),
        "นายกิตติ ใจดี",
        "uid:ﬀﬀﬀﬀ",  # four ligatures, whose upper case is FFFFFFFF
        "0x62E3086CED",
    ],
)
def test_what_is_no_credential_is_refused_with_what_was_due(written: str) -> None:
    with pytest.raises(CredentialError, match=r"seen; .*due"):
        canonical(written)


def test_a_refusal_repeats_only_the_beginning_of_a_long_text() -> None:
    with pytest.raises(CredentialError) as refusal:
        canonical("z" * 1_000_000)

    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("build", "value"), [(em4100, "62e3086ced"), (uid, "24d34f59"), (epc, "3008"), (qr, " a ")]
)
def test_a_scheme_s_own_function_gives_the_canonical_form(build: object, value: str) -> None:
    assert callable(build)
    built = build(value)

    assert canonical(built) == built
    assert scheme_of(built) == build.__name__


def test_schemes_with_the_same_digits_are_different_credentials() -> None:
    assert len({canonical(f"{scheme}:1:2") for scheme in ("w26", "w34", "w37")}) == 3
    assert wiegand("w26", "1:2") == "w26:1:2"


@given(st.one_of(UID, EPC, EM4100, WIEGAND))
def test_only_short_uids_that_begin_with_08_or_88_are_untrusted(credential: str) -> None:
    scheme, value = credential.split(":", 1)
    short = scheme == "uid" and len(value) == 8

    assert is_untrusted(credential) == (short and value[:2] in ("08", "88"))


@pytest.mark.parametrize("value", ["08112233", "88041122"])
def test_random_and_truncated_uids_are_untrusted(value: str) -> None:
    assert is_untrusted(uid(value))


def test_a_long_uid_that_begins_with_08_or_88_can_be_trusted() -> None:
    assert not is_untrusted(uid("08112233445566"))
    assert not is_untrusted(uid("88112233445566778899"))


@given(st.integers(0, (1 << 40) - 1))
def test_the_printed_forms_are_the_low_bits_of_the_number(number: int) -> None:
    low = number & 0xFFFFFFFF

    assert printed_low_bits(f"{low:010d}") == (low, 32)
    assert printed_low_bits(f"{number >> 16 & 0xFF:03d},{number & 0xFFFF:05d}") == (
        number & 0xFFFFFF,
        24,
    )


@pytest.mark.parametrize(
    "text", ["", "12345", "9999999999", "256,00001", "001,65536", "62E3086CED", "em4100:0006572982"]
)
def test_what_is_no_printed_form_has_no_low_bits(text: str) -> None:
    """Ten digits behind the scheme are the credential itself, in hexadecimal."""
    assert printed_low_bits(text) is None


@given(CREDENTIAL)
def test_a_log_shows_at_most_the_last_four_characters(credential: str) -> None:
    scheme, value = credential.split(":", 1)
    shown = masked(credential)

    assert shown.startswith(f"{scheme}:…")
    assert len(shown) <= len(scheme) + 6
    assert len(value) <= 4 or value not in shown


def test_a_printed_number_that_has_no_scheme_is_masked_as_well() -> None:
    assert masked("0006572982") == "…2982"
    assert masked("100,19382") == "…9382"
    assert masked("1234") == "…"
