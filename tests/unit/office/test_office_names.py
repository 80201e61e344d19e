"""Titles split from names."""

from __future__ import annotations

import pytest

from gatekeeper.office.names import FullName, split_full_name, split_title
from gatekeeper.office.sample_names import MEN, WOMEN
from gatekeeper.titles import display_name


@pytest.mark.parametrize(
    ("text", "title", "first", "last"),
    [
        ("นายกิตติ ใจดี", "นาย", "กิตติ", "ใจดี"),
        ("นาย กิตติ ใจดี", "นาย", "กิตติ", "ใจดี"),
        ("นางสาวเอื้องฟ้า ใจดี", "นางสาว", "เอื้องฟ้า", "ใจดี"),
        ("น.ส.ฟ้า ใจดี", "น.ส.", "ฟ้า", "ใจดี"),
        ("พล.ต.อ.สมชาย รักชาติ", "พล.ต.อ.", "สมชาย", "รักชาติ"),
        ("พล. ต. อ. สมชาย รักชาติ", "พล.ต.อ.", "สมชาย", "รักชาติ"),
        ("พลตรีหญิงสมศรี รักชาติ", "พลตรีหญิง", "สมศรี", "รักชาติ"),
        ("ว่าที่ร้อยตรีเอก ใจดี", "ว่าที่ร้อยตรี", "เอก", "ใจดี"),
        ("ว่าที่ ร.ต.เอก ใจดี", "ว่าที่ ร.ต.", "เอก", "ใจดี"),
        ("ศ.ดร.สุดา ใจดี", "ศ.ดร.", "สุดา", "ใจดี"),
        ("ศาสตราจารย์ ดร.สุดา ใจดี", "ศาสตราจารย์ ดร.", "สุดา", "ใจดี"),
        ("รศ. ดร. สุดา ใจดี", "รศ.ดร.", "สุดา", "ใจดี"),
        ("ม.ร.ว.อดิศร ใจดี", "ม.ร.ว.", "อดิศร", "ใจดี"),
        ("หม่อมราชวงศ์อดิศร ใจดี", "หม่อมราชวงศ์", "อดิศร", "ใจดี"),
        ("คุณหญิงดวงพร ใจดี", "คุณหญิง", "ดวงพร", "ใจดี"),
        ("ท่านผู้หญิงดวงพร ใจดี", "ท่านผู้หญิง", "ดวงพร", "ใจดี"),
        ("คุณสมชาย ใจดี", "คุณ", "สมชาย", "ใจดี"),
        ("นายแพทย์กิตติ ใจดี", "นายแพทย์", "กิตติ", "ใจดี"),
        ("กิตติ ณ อยุธยา", "", "กิตติ", "ณ อยุธยา"),
        ("H.E. Mr. José Núñez", "H.E. Mr.", "José", "Núñez"),
        ("H.E.Mr.José Núñez", "H.E.Mr.", "José", "Núñez"),
        ("Mrs Grace Smith", "Mrs", "Grace", "Smith"),
        ("Prof. Dr. Jürgen Müller", "Prof. Dr.", "Jürgen", "Müller"),
        ("Pol. Gen. Somchai Jaidee", "Pol. Gen.", "Somchai", "Jaidee"),
        ("H.E. Ms. Ana de la Cruz", "H.E. Ms.", "Ana", "de la Cruz"),
        ("Núñez, H.E. Mr. José", "H.E. Mr.", "José", "Núñez"),
        ("He Xiangyu", "", "He", "Xiangyu"),
        ("Mr", "Mr", "", ""),
        ("นาย", "นาย", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_full_name_comes_apart(text: str, title: str, first: str, last: str) -> None:
    """Joined and spaced, Thai and foreign, short and stacked titles."""
    assert split_full_name(text) == FullName(title, first, last)


@pytest.mark.parametrize(
    "name", ["นายิกา", "ดรุณี", "คุณากร", "นางนวล", "พลอย", "ศศิธร", "อารี", "นพดล", "คุณธรรม", "นายก"]
)
@pytest.mark.parametrize("joined", [True, False])
def test_a_name_that_begins_like_a_title_stays_whole(name: str, joined: bool) -> None:
    """Where no boundary can be known, nothing is cut off."""
    assert split_title(f"{name} ใจดี", joined=joined) == ("", f"{name} ใจดี")


def test_beside_a_title_column_short_titles_need_a_space() -> None:
    """With a column for titles, letters joined to the name are the name."""
    assert split_title("นางเอก", joined=False) == ("", "นางเอก")
    assert split_title("นาง เอก", joined=False) == ("นาง", "เอก")
    assert split_title("พล.ต.อ.เอก", joined=False) == ("พล.ต.อ.", "เอก")


@pytest.mark.parametrize("title", ["", "นาย", "นาง", "นางสาว", "พล.ต.อ.", "ศ.ดร.", "พลเอก", "ดร."])
def test_what_is_shown_comes_apart_again(title: str) -> None:
    """The name on a screen, split, is what it was made of."""
    for name, _ in MEN + WOMEN:
        full = display_name(title, name, "ใจดี")

        assert split_full_name(full) == FullName(title, name, "ใจดี")
