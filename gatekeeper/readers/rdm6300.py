"""Driver of RDM6300 / RDM630 modules: it listens, and that is all there is to do.

The module says nothing while no tag is there, so silence proves neither life nor death: up
means that the port is open. Noise is known to pass the XOR (esprfid/esp-rfid#411,
arendst/Tasmota#9522: eight values logged with no card near), so two equal frames are
needed; a held tag repeats about every 65 ms.
"""

from __future__ import annotations

from gatekeeper.readers.codecs.rdm6300 import Rdm6300Codec
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.serial_reader import SerialReader, baud_option, gone_option

__all__ = ["Rdm6300Reader"]


class Rdm6300Reader(SerialReader):
    """125 kHz, pushes each frame by itself."""

    title = "RDM6300 / RDM630 module, 125 kHz (EM4100)"
    wire = "rdm6300"
    family = Family(
        frames_needed=2,
        # Five repetitions: a damaged one in between and a host that stalls for a moment
        # must not lose a card, and noise does not repeat a ghost so soon.
        frames_within_s=0.34,
        gone_after_s=0.35,
        proves_alive=False,
    )
    probe = Probe(
        bauds=(9600,),
        variants=((), (("checksum", "sum"),), (("checksum", "raw"),)),
    )
    options = (baud_option(9600), gone_option(family), *Rdm6300Codec.options)
