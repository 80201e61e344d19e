"""Driver of ID-12LA / ID-20LA modules: it listens; each frame is one tap.

The module speaks once, when a tag enters its field, and shows the going on a pin that a
serial line does not carry. So a host cannot know whether a tag is still there, and each frame
is one presentation; a tag that flickers at the edge of the field enters again and again, and
counts once for `gone_after_ms`.

One frame must do, because a second never comes. What stands against noise is the frame
itself: twelve digits within five fixed bytes, and the XOR. The risk that stays: such modules
are known to read tags out of noise and to send them with a right check (eight published cases
at the RDM6300, esprfid/esp-rfid#411), and here no second frame unmasks one. A ghost is a
number of 40 bits that nobody carries, so that it shows as one refusal, never as an entry; a
gate that must not show even that wants a reader that repeats itself.
"""

from __future__ import annotations

from gatekeeper.readers.codecs.id12la import Id12laCodec
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.serial_reader import SerialReader, baud_option, gone_option

__all__ = ["Id12laReader"]


class Id12laReader(SerialReader):
    """125 kHz, sends a frame once a tap."""

    title = "ID-Innovations ID-12LA / ID-20LA module, 125 kHz (EM4100)"
    wire = "id12la"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        # Not silence of a tag, which says nothing here: the time within which a second frame
        # is the same tap at the edge of the field.
        gone_after_s=1.0,
        proves_alive=False,
    )
    probe = Probe(bauds=(9600,))
    options = (baud_option(9600), gone_option(family), *Id12laCodec.options)
