"""One wire format a module: bytes in, frozen frames out. No port, no clock, no log.

`CODECS` is the registry; a codec joins by one line and is then held to every promise by
tests/contract, and offered by `gatekeeper decode`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.stream import StreamCodec

__all__ = ["CODECS", "codec_class", "make_codec"]

CODECS = {
    "chafon": "gatekeeper.readers.codecs.chafon:ChafonCodec",
    "id12la": "gatekeeper.readers.codecs.id12la:Id12laCodec",
    "llrp": "gatekeeper.readers.codecs.llrp:LlrpCodec",
    "m100": "gatekeeper.readers.codecs.m100:M100Codec",
    "osdp": "gatekeeper.readers.codecs.osdp:OsdpCodec",
    "parallax": "gatekeeper.readers.codecs.parallax:ParallaxCodec",
    "pn532": "gatekeeper.readers.codecs.pn532:Pn532Codec",
    "r2000": "gatekeeper.readers.codecs.r2000:R2000Codec",
    "rdm6300": "gatekeeper.readers.codecs.rdm6300:Rdm6300Codec",
    "scanner": "gatekeeper.readers.codecs.scanner:ScannerCodec",
    "thingmagic": "gatekeeper.readers.codecs.thingmagic:ThingMagicCodec",
    "wedge": "gatekeeper.readers.codecs.wedge:WedgeCodec",
    "wiegand": "gatekeeper.readers.codecs.wiegand:WiegandCodec",
}
"""Wire name to `module:Class`; imported only when asked for."""


def codec_class(wire: str) -> type[StreamCodec]:
    """The codec of `wire`. Raises CodecError listing the known ones."""
    if wire not in CODECS:
        raise CodecError(f"wire {wire!r} seen; one of {', '.join(sorted(CODECS))} is due")
    module, _, name = CODECS[wire].partition(":")
    found: type[StreamCodec] = getattr(importlib.import_module(module), name)
    return found


def make_codec(wire: str, options: Mapping[str, object] | None = None) -> StreamCodec:
    """A fresh codec of `wire`. Raises CodecError for an unknown wire or option."""
    return codec_class(wire)(options)
