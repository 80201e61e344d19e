"""Readers: from a port to a presentation. Nothing here knows who a tag belongs to.

`REGISTRY` is the registry: a driver is a line here and a module. A module is imported when
its driver is asked for, so that a library it needs may be absent where it is not used.
"""

from __future__ import annotations

import importlib
from typing import Any

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, UnknownDriverError
from gatekeeper.readers.base import Reader
from gatekeeper.readers.clock import Clock

__all__ = ["REGISTRY", "describe", "driver_class", "make_reader"]

REGISTRY = {
    "chafon": "gatekeeper.readers.chafon:ChafonReader",
    "id12la": "gatekeeper.readers.id12la:Id12laReader",
    "llrp": "gatekeeper.readers.llrp:LlrpReader",
    "m100": "gatekeeper.readers.m100:M100Reader",
    "osdp": "gatekeeper.readers.osdp:OsdpReader",
    "parallax": "gatekeeper.readers.parallax:ParallaxReader",
    "pcsc": "gatekeeper.readers.pcsc:PcscReader",
    "pn532": "gatekeeper.readers.pn532:Pn532Reader",
    "r2000": "gatekeeper.readers.r2000:R2000Reader",
    "rdm6300": "gatekeeper.readers.rdm6300:Rdm6300Reader",
    "scanner": "gatekeeper.readers.scanner:ScannerReader",
    "thingmagic": "gatekeeper.readers.thingmagic:ThingMagicReader",
    "wedge": "gatekeeper.readers.wedge:WedgeReader",
    "wiegand": "gatekeeper.readers.wiegand:WiegandReader",
}
"""Driver name, as in the settings, to `module:Class`."""


def driver_class(name: str) -> type[Reader]:
    """The driver called `name`.

    Raises UnknownDriverError listing the known ones, ConfigError if a library it needs is
    not installed.
    """
    if name not in REGISTRY:
        known = ", ".join(sorted(REGISTRY))
        raise UnknownDriverError(f"driver {name!r} seen; one of {known} is due")
    module, _, class_name = REGISTRY[name].partition(":")
    try:
        found: type[Reader] = getattr(importlib.import_module(module), class_name)
    except ImportError as error:
        raise ConfigError(
            f"driver {name!r} needs the Python package {error.name!r}; install it"
        ) from error
    return found


def make_reader(settings: ReaderSettings, clock: Clock) -> Reader:
    """A driver for `settings`, not yet open.

    Raises ConfigError naming the reader, what was seen and what is due.
    """
    try:
        driver = driver_class(settings.driver)
    except UnknownDriverError as error:
        raise UnknownDriverError(f"reader {settings.id!r}: {error}") from error
    return driver(settings, clock)


def describe() -> list[dict[str, Any]]:
    """Every driver as JSON types: name, title, wire, transport, options."""
    return [
        {
            "name": name,
            "title": driver.title,
            "wire": driver.wire,
            "transport": driver.line,
            "options": [
                {"name": o.name, "default": o.default, "due": o.due, "help": o.help}
                for o in driver.options
            ],
        }
        for name in sorted(REGISTRY)
        for driver in (driver_class(name),)
    ]
