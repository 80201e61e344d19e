"""Fuzz one target in this process: `python -m tests.fuzz.one TARGET [libFuzzer arguments]`.

The product is imported twice: plain, to time an apparently slow input fairly, then
instrumented for coverage.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found]

from tests.fuzz import checks, targets


def forget_the_product() -> None:
    """What is imported next is a copy of its own."""
    for name in [n for n in sys.modules if n.partition(".")[0] == "gatekeeper"]:
        del sys.modules[name]


def main() -> None:
    """Fuzz until libFuzzer has enough."""
    name = sys.argv.pop(1)
    plain = targets.build(name)
    forget_the_product()
    with atheris.instrument_imports(include=["gatekeeper"], enable_loader_override=False):
        target = targets.build(name)

    slowest = checks.Slowest(target.check, plain.work)

    def test_one_input(data: bytes) -> None:
        took_ns = checks.cost_ns(target.check, data)
        if slowest.seen(data, took_ns):
            # At once, as libFuzzer ends the process without asking.
            print(f"slowest: {slowest.share:.3f} of its time, {slowest.size} bytes", flush=True)
        # The check does the work twice and more, so only a breach of its time may be one.
        if took_ns > checks.budget_ns(len(data)):
            checks.check_time(target.work, data, took_ns, plain.work)

    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
