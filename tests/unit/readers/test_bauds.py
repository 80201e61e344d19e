"""The order in which a silent reader is looked for at other speeds."""

from __future__ import annotations

from gatekeeper.readers.bauds import BaudSearch

OTHERS = (115200, 921600, 9600)


def tried(search: BaudSearch, count: int) -> list[int]:
    return [search.next() for _ in range(count)]


def test_every_second_try_is_made_where_the_reader_belongs() -> None:
    search = BaudSearch(115200, OTHERS, "/dev/ttyUSB0")

    assert search.baud == 115200
    assert tried(search, 5) == [921600, 115200, 9600, 115200, 921600]


def test_a_reader_that_was_found_elsewhere_is_looked_for_in_both_places() -> None:
    search = BaudSearch(115200, OTHERS, "/dev/ttyUSB0")
    tried(search, 1)

    assert search.found()
    assert not search.found()
    assert tried(search, 5) == [115200, 9600, 921600, 115200, 9600]


def test_every_speed_is_tried_in_the_end() -> None:
    search = BaudSearch(57600, (115200, 57600, 9600, 19200, 38400), "/dev/ttyUSB0")

    assert set(tried(search, 8)) == {115200, 57600, 9600, 19200, 38400}


def test_a_tcp_line_has_one_speed_only() -> None:
    search = BaudSearch(57600, OTHERS, "socket://10.0.0.5:6000")

    assert set(tried(search, 5)) == {57600}
    assert not search.found()
