"""The node's place among the processes, taken in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from gatekeeper.node.place import SWITCH_S

TELL = """
import json, os, sys, threading
from gatekeeper.node.place import stand_in_line, take_turns
take_turns()
seen = []
def look():
    seen.append(sorted(os.sched_getaffinity(0)))
def caller():
    stand_in_line()
    look()
for job in (look, caller, caller, look):
    thread = threading.Thread(target=job)
    thread.start()
    thread.join()
print(json.dumps([seen, sys.getswitchinterval()]))
"""


def test_callers_share_one_processor_and_the_other_threads_have_them_all() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)

    (reader, first, second, writer), turn_s = json.loads(told.stdout)

    everywhere = sorted(os.sched_getaffinity(0))
    assert reader == writer == everywhere
    assert first == second
    assert len(first) == 1
    assert turn_s == SWITCH_S
