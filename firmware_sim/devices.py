"""Which devices there are: name, as in a scenario, to `module:Class`.

A module is imported when a scenario asks for its device, so that a library which one device
needs (libosdp) may be absent where it is not used. Nothing here knows what a device does.
"""

from __future__ import annotations

import importlib

from firmware_sim.device import Device

__all__ = ["DEVICES", "device_class"]

DEVICES = {
    "chafon": "firmware_sim.chafon:Chafon",
    "id12la": "firmware_sim.id12la:Id12la",
    "llrp": "firmware_sim.llrp:Llrp",
    "m100": "firmware_sim.m100:M100",
    "osdp": "firmware_sim.osdp:Osdp",
    "parallax": "firmware_sim.parallax:Parallax",
    "pcsc": "firmware_sim.pcsc:Pcsc",
    "pn532": "firmware_sim.pn532:Pn532",
    "r2000": "firmware_sim.r2000:R2000",
    "rdm6300": "firmware_sim.rdm6300:Rdm6300",
    "scanner": "firmware_sim.scanner:Scanner",
    "thingmagic": "firmware_sim.thingmagic:ThingMagic",
    "wedge": "firmware_sim.wedge:Wedge",
    "wiegand": "firmware_sim.wiegand:Wiegand",
}


def device_class(name: str) -> type[Device]:
    """The device called `name`. Raises ValueError listing the known ones."""
    if name not in DEVICES:
        raise ValueError(f"device {name!r} seen; one of {', '.join(sorted(DEVICES))} is due")
    module, _, class_name = DEVICES[name].partition(":")
    found: type[Device] = getattr(importlib.import_module(module), class_name)
    return found
