"""What is fuzzed, by name: every codec under every variant, and the other readers of bytes.

`build()` imports the product anew each time it is called, so that a fuzzer can hold an
instrumented copy and a plain one beside it.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.fuzz import checks

TESTS = Path(__file__).resolve().parents[1]
VECTORS = TESTS / "vectors"
CORPUS = Path(__file__).parent / "corpus"
"""By target, one input a line in hexadecimal; `--keep` makes these files anew."""
FINDS = Path(__file__).parent / "finds"
"""Inputs that broke a promise once: kept by hand, for ever."""
CUT_IN_THE_MIDDLE = b"\x80"
DONE = b"\x90\x00"


def _spoken(*answers: bytes) -> bytes:
    """What a card says, each answer after a byte of its length."""
    return b"".join(bytes([len(answer)]) + answer for answer in answers)


_FIELDS = [
    text.encode("tis-620").ljust(size) + DONE
    for text, size in (
        ("1101700203450", 13), ("นาย#กิตติ##ใจดี", 100), ("Mr.#Kitti##Jaidee", 100), ("25261124", 8),
    )
]  # fmt: skip
WORDS = {
    "osdp_ear": [
        bytes.fromhex(text)
        for text in (
            "FF53000900066200F35D", "538008000540689F", "53E51000065000011A00023A45C06120",
            "53E51E000D0218504824ED99A4709976BCB6855111A1100F04B259F8DBF5", "537F0D00046E",
            "53E514000445BEBAFE0101AFBEADDEADDEAD07FD", "FF5300080002620041",
        )
    ],
    "card": [_spoken(DONE, *_FIELDS), _spoken(b"\x61\x0a", DONE), _spoken(b"\x6c\x0d"),
             *map(_spoken, _FIELDS), _spoken(bytes.fromhex("047BCB51962280") + DONE), DONE],
    "bits": [bytes([n, bits]) + bytes.fromhex("2006F623AE") for n in range(5)
             for bits in (26, 34, 37, 32)],
    "credential": [
        b"em4100:", b"uid:", b"epc:", b"w26:", b"w34:", b"w37:", b"qr:", b"100,19382",
        b"0006572982", "๑๒๓".encode(), b"04:A1:B2:C3", b"300833B2DDD9014000000001", "ﬀ".encode(),
    ],
    "capture": [
        b'{"gatekeeper_capture": 1, "driver": "rdm6300", "wire": "rdm6300", "line": "serial", '
        b'"baud": 9600, "started_at": 1.5, "options": {}, "masked": false}\n',
        b'{"t": 0.5, "dir": "in", "hex": "A0"}\n', b'{"t": 1, "event": "opened"}\n',
        b'{"t": 1, "event": "baud", "baud": 9600}\n', b'"hex": ', b"null", b"1e999", b"NaN",
        b'"\\ud800"', b"[[[[[[",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One thing to fuzz."""

    check: checks.Check
    work: checks.Check
    """What is timed."""


def variants(wire: str) -> tuple[Mapping[str, str], ...]:
    """The variants that the contract tests try `wire` under."""
    path = TESTS / "contract" / "wires" / f"{wire}.py"
    spec = importlib.util.spec_from_file_location(f"fuzz_wires_{wire}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: tuple[Mapping[str, str], ...] = module.VARIANTS
    return found


def wire_of(name: str) -> str:
    """The wire of a codec's target."""
    return name.partition("-")[0]


def names() -> list[str]:
    """Every target."""
    codecs = importlib.import_module("gatekeeper.readers.codecs").CODECS
    return [name for wire in sorted(codecs) for name, _ in _named(wire)] + sorted(_OTHERS)


def build(name: str) -> Target:
    """The target called `name`, bound to the product's modules as they are imported now."""
    if name in _OTHERS:
        check = _OTHERS[name]()
        return Target(check, check)
    package = importlib.import_module("gatekeeper.readers.codecs")
    stream = importlib.import_module("gatekeeper.readers.codecs.stream")
    credential = importlib.import_module("gatekeeper.credential")
    codec = package.codec_class(wire_of(name))
    options = dict(_named(wire_of(name)))[name]
    make = partial(codec, options)
    return Target(
        checks.codec_check(make, credential.canonical, stream.NOISE_MAX), checks.codec_work(make)
    )


def seeds(name: str) -> list[bytes]:
    """Inputs to begin with: the vectors' frames, alone and one after another."""
    if name in _OTHERS:
        words = WORDS.get(name, [])
        return [*words, b"".join(words)]
    frames = vector_frames(wire_of(name))
    return [CUT_IN_THE_MIDDLE + frame for frame in (*frames, b"".join(frames))]


def dictionary(name: str) -> list[bytes]:
    """Words of the wire: whole frames, and their beginnings and ends."""
    if name in _OTHERS:
        return WORDS.get(name, [])
    frames = vector_frames(wire_of(name))
    pieces = [piece for f in frames for piece in (f, f[:2], f[:5], f[-2:], f[-4:])]
    return [piece for piece in dict.fromkeys(pieces) if 0 < len(piece) <= 64]


def vector_frames(wire: str) -> list[bytes]:
    """Every frame of tests/vectors/<wire>.json."""
    vectors = json.loads((VECTORS / f"{wire}.json").read_text("utf-8"))["vectors"]
    return [bytes.fromhex(vector["hex"]) for vector in vectors]


def file_of(name: str) -> str:
    """The name of a target's file, of characters that every file system takes."""
    return re.sub(r"[^\w=.-]", "_", name) + ".hex"


def corpus(name: str) -> list[bytes]:
    """The kept inputs: what was found once, and what leads everywhere."""
    paths = [folder / file_of(name) for folder in (FINDS, CORPUS)]
    texts = [path.read_text("ascii") for path in paths if path.exists()]
    return [bytes.fromhex(line) for text in texts for line in text.split()]


def _named(wire: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for options in variants(wire):
        words = [f"{key}={value}" for key, value in options.items()]
        yield "-".join([wire, *words]).replace("/", "_"), options


def _credential() -> checks.Check:
    errors = importlib.import_module("gatekeeper.errors")
    credential = importlib.import_module("gatekeeper.credential")
    return checks.credential_check(credential, errors.CredentialError)


def _capture() -> checks.Check:
    errors = importlib.import_module("gatekeeper.errors")
    capture = importlib.import_module("gatekeeper.readers.capture")
    return checks.capture_check(capture, errors.UserError)


def _module(name: str) -> Any:
    return importlib.import_module(f"gatekeeper.{name}")


def _osdp() -> checks.Check:
    return checks.ear_check(_module("readers.osdp_wire"))


def _card() -> checks.Check:
    parts = (_module(f"readers.{name}") for name in ("apdu", "thai_id", "by_hand"))
    return checks.card_check(*parts, _module("credential").canonical)


def _bits() -> checks.Check:
    return checks.bits_check(
        _module("readers.codecs.wiegand_formats"), _module("credential").canonical
    )


_OTHERS: dict[str, Any] = {
    "bits": _bits,
    "capture": _capture,
    "card": _card,
    "credential": _credential,
    "osdp_ear": _osdp,
}
