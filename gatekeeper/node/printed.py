"""A number as it is printed on a card, from a reader that types it: which known card is meant.

The print leaves out the first digits of an EM4100 number, so only the table of all passes can
tell. One known card that ends so is meant; none, and the number itself is asked for, which
nobody carries; several, and none of them may be taken for the other: then the text stands as
a ticket that nobody holds, so that the gate refuses it and the journal shows what was read.

Only readers whose settings say `content = "card"` bring such texts (readers/typed.py). What a
reader of cards reads has a scheme and is never looked at here.
"""

from __future__ import annotations

import msgspec

from gatekeeper.access.index import CredentialIndex
from gatekeeper.credential import printed_low_bits
from gatekeeper.model import Presentation

__all__ = ["with_card_meant"]


def with_card_meant(presentation: Presentation, index: CredentialIndex) -> Presentation:
    """`presentation` with the credential of the card whose printed number it holds."""
    text = presentation.credential
    low = None if ":" in text else printed_low_bits(text)
    if low is None:
        return presentation
    value, bits = low
    try:
        meant = index.known_by_print(value, bits)
    except ValueError:
        return presentation  # a damaged pass: the gate will find nothing and refuse
    nobody = f"qr:{text}" if meant else f"em4100:{value:010X}"
    credential = meant.pop() if len(meant) == 1 else nobody
    return msgspec.structs.replace(presentation, credential=credential)
