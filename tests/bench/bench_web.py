"""The web process: reads over HTTP, entries to open pages, and how soon it is back.

The real server with a real node and a real disk; clients in a process of their own, on the
same two cores, which they take from what is measured. A page here is a WebSocket that
parses each message, but for one, which is a real Chromium that tells when its DOM has changed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # for the processes started here
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import websocket
from harness import free_port, until
from screen import watch_screen
from test_web_server import GUESTS, Served, card

from gatekeeper.model import Presentation

CLIENTS = 8
SECONDS = 8.0
PAGES = 20
RATE = 64
BARE = """
def app(environ, start_response):
    environ["wsgi.input"].read()
    body = b'{"seq": 1}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "10")])
    return [body]
"""


def run() -> list[dict[str, Any]]:
    """Every figure of the web process."""
    with tempfile.TemporaryDirectory() as home:
        served = Served(Path(home))
        try:
            return [*_reads(served), *_pages(served), *_restart(served)]
        finally:
            served.end()


def _reads(served: Served) -> Iterable[dict[str, Any]]:
    rate, delays = _apart(_send_reads, served.port, served.token)
    bare_rate, bare = _bare()
    yield {
        "name": f"reads over HTTP, {CLIENTS} clients, durable",
        "value": rate,
        "unit": "/s",
        "baseline": bare_rate,
        "baseline_name": "the same server and clients, a constant answered",
        "ratio": rate / bare_rate,
        "aim": ">= 1,000/s",
    }
    yield {
        "name": f"a read over HTTP, {CLIENTS} clients, durable: p99",
        "value": _percentile(delays, 99),
        "unit": "ms",
        "baseline": _percentile(bare, 99),
        "baseline_name": "the same, a constant answered, p99",
        "ratio": _percentile(delays, 99) / _percentile(bare, 99),
        "aim": "<= 30 ms",
    }


def _bare() -> tuple[float, list[float]]:
    """The same load on gunicorn with an application that does nothing."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "bare.py").write_text(BARE, encoding="utf-8")
        options = ["-w1", "-k", "gthread", "--threads", "200", "--no-control-socket"]
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "-b", f"127.0.0.1:{port}", "bare:app"],
            cwd=home,
            stderr=subprocess.DEVNULL,
        )
        try:
            until("gunicorn listens", lambda: _listens(port))
            return _apart(_send_reads, port, "none")
        finally:
            server.terminate()
            server.wait()


def _send_reads(port: int, token: str) -> tuple[float, list[float]]:
    """Reads as fast as they are answered; their number a second, and each one's ms."""
    delays: list[float] = []
    end = time.monotonic() + SECONDS

    def client(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            count = 0
            while time.monotonic() < end:
                count += 1
                request = _request(token, (number * 37 + count) % GUESTS, f"{number}-{count}")
                began = time.perf_counter()
                sock.sendall(request)
                _take_answer(sock)
                delays.append((time.perf_counter() - began) * 1000)

    _together([threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)])
    return len(delays) / SECONDS, delays


def _request(token: str, number: int, nonce: str) -> bytes:
    body = json.dumps({"credential": card(number), "nonce": f"bench-{os.getpid()}-{nonce}"})
    head = (
        "POST /api/v1/gates/in-1/reads HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def _take_answer(sock: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), data[:200]
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    left = int(lengths[0].split(b":")[1]) - len(body)
    while left > 0:
        left -= len(sock.recv(65536))


def _pages(served: Served) -> Iterable[dict[str, Any]]:
    """Tap to message, at every page of the busiest room; tap to DOM in a browser."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Event(), context.Queue()
    shown, last, seen = context.Event(), context.Queue(), context.Queue()
    cookie = served.cookie("protocol")
    url = f"http://127.0.0.1:{served.port}/events/gala/live"
    watching = context.Process(target=_watch, args=(served.port, cookie, ready, results))
    screen = context.Process(target=watch_screen, args=(url, cookie, shown, last, seen))
    watching.start()
    screen.start()
    if not ready.wait(60) or not shown.wait(60):
        raise AssertionError("the pages did not join within 60 s")
    answered, tapped = _taps(served)
    last.put(max(tapped))
    delays: list[float] = results.get(timeout=60)
    at_screen: dict[int, float] = seen.get(timeout=90)
    watching.join()
    screen.join()
    painted = [at_screen[seq] - at for seq, at in tapped.items() if seq in at_screen]
    if painted:
        yield {
            "name": f"tap to changed DOM in a browser beside {PAGES - 1} pages, {RATE} reads/s: "
            f"p99 of {len(painted)}",
            "value": _percentile(painted, 99),
            "unit": "ms",
            "baseline": _percentile(delays, 99),
            "baseline_name": "tap to message at those pages, p99",
            "ratio": _percentile(painted, 99) / _percentile(delays, 99),
            "aim": "<= 100 ms",
        }
    yield {
        "name": f"tap to message at {PAGES - 1} pages, {RATE} reads/s: p99 of {len(delays)}",
        "value": _percentile(delays, 99),
        "unit": "ms",
        "baseline": _percentile(answered, 99),
        "baseline_name": "tap to the node's own answer, p99",
        "ratio": _percentile(delays, 99) / _percentile(answered, 99),
    }
    yield {
        "name": f"tap to message at {PAGES - 1} pages, {RATE} reads/s: p50",
        "value": _percentile(delays, 50),
        "unit": "ms",
    }


def _taps(served: Served) -> tuple[list[float], dict[int, float]]:
    """`RATE` reads a second at two gates: what the node took to answer each, in ms, and when
    each was tapped (UTC in ms), by the number of its entry."""
    answered, tapped = [], {}
    start = time.monotonic()
    for number in range(int(RATE * SECONDS)):
        time.sleep(max(0.0, start + number / RATE - time.monotonic()))
        began = time.monotonic_ns()
        shown = Presentation(
            gate=f"in-{number % 2 + 1}",
            reader="bench",
            credential=card(number % GUESTS + 1),
            seen_at=time.time(),
            nonce=f"{began}-tap",
        )
        answer = served.link.read(shown)
        answered.append((time.monotonic_ns() - began) / 1e6)
        tapped[answer.entry.seq] = shown.seen_at * 1000
    served.link.read(Presentation(gate="in-1", reader="bench", credential=card(1), nonce="0-end"))
    return answered, tapped


def _watch(port: int, cookie: str, ready: Any, results: Any) -> None:
    """Pages that note when each tap reaches them; until the last one has."""
    delays: list[float] = []
    joined = threading.Semaphore(0)

    def page() -> None:
        url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        sock = websocket.create_connection(url, cookie=cookie, timeout=60)
        sock.send("40/live,")
        sock.send('42/live,["join",{"room":"event:gala"}]')
        while True:
            text = str(sock.recv())
            now = time.monotonic_ns()
            if text == "2":
                sock.send("3")
            if not text.startswith("42/live,"):
                continue
            event, data = json.loads(text[8:])
            if event == "snapshot":
                joined.release()
            entries = [data] if event == "entry" else data.get("entries", [])
            nonces = [entry["nonce"] or "" for entry in entries]
            taps = [int(nonce.partition("-")[0]) for nonce in nonces if nonce.endswith("-tap")]
            delays.extend((now - tap) / 1e6 for tap in taps)
            if "0-end" in nonces:
                sock.close()
                return

    threads = [threading.Thread(target=page) for _ in range(PAGES - 1)]
    for thread in threads:
        thread.start()
    for _ in threads:
        joined.acquire()
    ready.set()
    for thread in threads:
        thread.join()
    results.put(delays)


def _restart(served: Served) -> Iterable[dict[str, Any]]:
    times = []
    for _ in range(3):
        os.kill(served.web.pid, signal.SIGKILL)
        served.web.wait()
        began = time.monotonic()
        served.web = served.start("web")
        until("the web process answers", served.well)
        times.append(time.monotonic() - began)
    yield {
        "name": "web: kill -9 to every gate shown well again (median of 3)",
        "value": statistics.median(times),
        "unit": "s",
        "aim": "<= 5 s",
    }


def _apart(work: Any, *arguments: Any) -> Any:
    """What `work` gives, done in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result(120)


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
