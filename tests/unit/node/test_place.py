"""The node's place among the processes, taken in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from gatekeeper.node.place import SWITCH_S

TELL = """
import json, os, sys, threading
from gatekeeper.node.place import take_place
take_place()
seen = []
thread = threading.Thread(target=lambda: seen.extend(os.sched_getaffinity(0)))
thread.start()
thread.join()
print(json.dumps([seen, sys.getswitchinterval()]))
"""


def test_every_thread_stays_on_one_processor_and_takes_short_turns() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)

    processors, turn_s = json.loads(told.stdout)

    assert len(processors) == 1
    assert set(processors) <= os.sched_getaffinity(0)
    assert turn_s == SWITCH_S
