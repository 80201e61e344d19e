"""Every named fault of every simulated device is documented, and its effect is asserted.

fault_effects.toml names, for each fault, the test which plays it against the real driver (or the
real peer). Whether those tests are right is theirs to say; here each must exist, be collected,
and really take the fault that it stands for.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.devices import DEVICES, device_class
from firmware_sim.faults import EPISODES, FRAME_FAULTS
from firmware_sim.numato import Numato
from firmware_sim.relay import RelayA0

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "firmware_sim" / "README.md"
EFFECTS = Path(__file__).with_name("fault_effects.toml")


def names() -> list[str]:
    """All faults by name, those of single devices with the device's."""
    found = {*EPISODES, *FRAME_FAULTS}
    for device in (*map(device_class, DEVICES), RelayA0, Numato):
        found |= {*device.own_frame_faults, *device.own_episodes}
    return sorted(found)


def effects() -> dict[str, str]:
    """Fault to the node id of its test, without parameters."""
    found: dict[str, str] = {}
    for name, value in tomllib.loads(EFFECTS.read_text(encoding="utf-8")).items():
        rows = {name: value} if isinstance(value, str) else {
            fault: f"{name}::{test}" for fault, test in value.items()
        }  # fmt: skip
        assert not found.keys() & rows.keys(), "a fault stands once"
        found |= rows
    return found


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """Node ids of all tests in the files that the table names, as pytest finds them."""
    files = sorted({node.partition("::")[0] for node in effects().values()})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if "::" in line]


def own_part(fault: str) -> str:
    """`hot` of `thingmagic.hot`."""
    return fault.rpartition(".")[2]


def said_in(node: str) -> set[str]:
    """Texts in the body of the test `node`; its docstring is none of them."""
    file, _, name = node.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    (function,) = [
        found for found in tree.body if isinstance(found, ast.FunctionDef) and found.name == name
    ]
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return {
        part.value
        for statement in body
        for part in ast.walk(statement)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def takes(node: str, fault: str, collected: list[str]) -> bool:
    """Whether the test takes `fault` as a parameter of a collected case, or names it itself."""
    cases = [case[len(node) :] for case in collected if case.partition("[")[0] == node]
    words = {
        word for case in cases for word in case.strip("[]").replace("-", " ").split(" ") if word
    }
    return bool(cases) and bool({fault, own_part(fault)} & words or fault in said_in(node))


def test_there_is_a_row_for_each_fault() -> None:
    table = TABLE.read_text(encoding="utf-8")

    assert [name for name in names() if f"| `{name}` |" not in table] == []


def test_each_fault_has_a_test_of_its_effect() -> None:
    assert sorted(effects()) == names()


def test_each_test_of_an_effect_is_there_and_takes_its_fault(collected: list[str]) -> None:
    wrong = [
        f"{fault}: {node}" for fault, node in effects().items() if not takes(node, fault, collected)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "broken",
    [
        lambda node: f"{node}_no_more",
        lambda _node: "tests/unit/readers/test_pn532_driver.py::test_a_reading_gives_itself_away",
        lambda _node: (
            "tests/unit/readers/test_line_faults.py::test_a_cable_that_is_pulled_is_an_"
            "error_in_words_and_comes_back"
        ),
    ],
    ids=["gone", "not there", "of another fault"],
)
def test_a_row_that_points_elsewhere_is_found(
    collected: list[str], broken: Callable[[str], str]
) -> None:
    fault = "chafon.refuses"
    node = effects()[fault]

    assert takes(node, fault, collected)
    assert not takes(broken(node), fault, collected)


def test_a_fault_of_a_device_bears_its_name() -> None:
    for name, device in ((name, device_class(name)) for name in DEVICES):
        own = {*device.own_frame_faults, *device.own_episodes} - {*FRAME_FAULTS, *EPISODES}

        assert {fault.partition(".")[0] for fault in own} <= {name}, name


def test_there_are_faults_enough_to_break_every_reader() -> None:
    assert len(names()) >= 100
