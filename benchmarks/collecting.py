"""Collecting images beside a plain downloader, in one run: `python -m benchmarks.collecting`.

A provider and its images are served from loopback by a process of their own, without limits per
host. Ours is `manage.py collect` from the search to the rows. The peer is what one writes in an
afternoon: requests and threads that search, download, write the same files and verify each by
decoding it with Pillow. It leaves out opt-outs, checks of addresses, limits of time and size,
flushing to the disk, hashes, near-duplicates, and rows. They take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import requests
from PIL import Image

from tests.generation.fakes.providers import CLIENT_ID, CLIENT_SECRET, served

IMAGES, ROUNDS = 1_000, 3
SIZE, QUALITY = (1024, 768), 88
OCTAVES = (4, 8, 16, 32, 64, 128, 256)
THREADS = 16


def picture(number: int) -> bytes:
    """A JPEG of about 200 KB: clouds, whose detail falls off as that of photographs does."""
    generator = np.random.default_rng(number)
    clouds = np.zeros((SIZE[1], SIZE[0], 3))
    for octave in OCTAVES:
        grid = generator.integers(0, 256, (octave * 3 // 4, octave, 3), dtype=np.uint8)
        layer = Image.fromarray(grid).resize(SIZE, Image.Resampling.BICUBIC)
        clouds += (np.asarray(layer, dtype=float) - 128) * (4 / octave) ** 0.7
    clouds += generator.normal(0, 9, (SIZE[1], SIZE[0], 1))
    file = io.BytesIO()
    image = Image.fromarray(np.clip(clouds / 1.6 + 128, 0, 255).astype(np.uint8))
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


class _Web(BaseHTTPRequestHandler):
    pictures: list[bytes]
    protocol_version = "HTTP/1.1"
    # Otherwise the head would be a packet of its own, and a client wait for the acknowledgement.
    wbufsize = -1

    def do_GET(self) -> None:
        name = self.path[1:].removesuffix(".jpg")
        found = name.isdecimal()
        body = self.pictures[int(name)] if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 64


def serve(images: int) -> None:
    """Says where the provider is once the images are made, and serves until its input ends."""
    with ProcessPoolExecutor() as pool:
        pictures = list(pool.map(picture, range(images), chunksize=10))
    with _Server(("127.0.0.1", 0), type("Web", (_Web,), {"pictures": pictures})) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        netloc = f"127.0.0.1:{web.server_port}"
        url = "http://{}/{}.jpg".format
        with served(count=images, image_url=partial(url, netloc)) as providers:
            address = providers.settings("openverse")["url"]
            size = sum(map(len, pictures)) / images
            print(json.dumps({"url": address, "allow": netloc, "bytes": size}), flush=True)
            sys.stdin.read()
        web.shutdown()


def ours(images: int) -> tuple[float, float]:
    """Seconds, and the processor's, of `manage.py collect`, which the environment configures."""
    import django
    from django.core.management import call_command

    os.environ["DJANGO_SETTINGS_MODULE"] = "texturestudy.settings"
    django.setup()
    call_command("migrate", verbosity=0)

    from generation.models import WebImage, Word

    Word.objects.create(text="clouds", reading="clouds", phrases={"en": ["clouds"]})
    said = io.StringIO()
    started, worked = time.perf_counter(), time.process_time()
    call_command("collect", "--provider", "openverse", "--limit", str(images), stdout=said)
    took = time.perf_counter() - started, time.process_time() - worked
    if WebImage.objects.usable().count() != images:
        raise SystemExit(f"expected {images} images, got: {said.getvalue()}")
    return took


def peer(images: int) -> tuple[float, float]:
    """The same of a plain downloader."""
    folder, url = (
        Path(os.environ["TEXTURESTUDY_DATA_DIR"]),
        os.environ["TEXTURESTUDY_OPENVERSE_URL"],
    )
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))

    def take(address: str) -> None:
        answer = session.get(address, timeout=20)
        answer.raise_for_status()
        path = folder / urlsplit(address).path[1:]
        path.write_bytes(answer.content)
        with Image.open(path) as image:
            image.load()

    started, worked = time.perf_counter(), time.process_time()
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = session.post(f"{url}auth_tokens/token/", data=form, timeout=20).json()["access_token"]
    pages = [
        session.get(
            f"{url}images/",
            params={"q": "clouds", "page": str(page), "page_size": "100"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        ).json()
        for page in range(1, -(-images // 100) + 1)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(take, [found["url"] for page in pages for found in page["results"]]))
    took = time.perf_counter() - started, time.process_time() - worked
    if len(list(folder.glob("*.jpg"))) != images:
        raise SystemExit(f"expected {images} images")
    return took


def turn(side: str, images: int, facts: dict[str, Any]) -> tuple[float, float]:
    """Seconds of one side in a process and folder of its own, and its processor's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
        env = others | {
            "TEXTURESTUDY_DATA_DIR": folder,
            "TEXTURESTUDY_OPENVERSE_URL": facts["url"],
            "TEXTURESTUDY_OPENVERSE_CLIENT_ID": CLIENT_ID,
            "TEXTURESTUDY_OPENVERSE_CLIENT_SECRET": CLIENT_SECRET,
            "TEXTURESTUDY_FETCH_ALLOW": facts["allow"],
            "TEXTURESTUDY_FETCH_POLITE": "0",
        }
        command = [sys.executable, "-m", "benchmarks.collecting", "--side", side, str(images)]
        said = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout
        took, busy = json.loads(said)
        return took, busy


@contextlib.contextmanager
def server(images: int) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.collecting", "--side", "serve", str(images)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield {**json.loads(process.stdout.readline()), "process": psutil.Process(process.pid)}
        finally:
            process.stdin.close()


def compare(images: int, rounds: int) -> None:
    """The table: medians of the rounds, and the ratio of each round's two sides."""
    with server(images) as facts:
        print(f"{images:,} images of {facts['bytes'] / 1000:.0f} KB, {rounds} rounds")
        sides: dict[str, list[tuple[float, float]]] = {"peer": [], "ours": []}
        for _ in range(rounds):
            for side, turns in sides.items():
                turns.append(turn(side, images, facts))
    print("| | images a second | processor ms an image |\n|---|---|---|")
    for side, turns in sides.items():
        rates = sorted(images / took for took, _ in turns)
        busy = statistics.median(busy for _, busy in turns)
        print(
            f"| {side} | {statistics.median(rates):.0f} ({rates[0]:.0f} to {rates[-1]:.0f}) "
            f"| {1000 * busy / images:.1f} |"
        )
    pairs = zip(sides["peer"], sides["ours"], strict=True)
    ratios = sorted(theirs / mine for (theirs, _), (mine, _) in pairs)
    print(
        f"ours / peer: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images", nargs="?", type=int, default=IMAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--side", choices=["serve", "ours", "peer"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side == "serve":
        serve(given.images)
    elif given.side:
        print(json.dumps((ours if given.side == "ours" else peer)(given.images)))
    else:
        compare(given.images, given.rounds)


if __name__ == "__main__":
    main()
