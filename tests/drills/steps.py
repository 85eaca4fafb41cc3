"""What is done to the platform in a drill, in steps: the clients', the backlog's, the clocks'."""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.drills.scene import Scene
from tests.processes import ROOT

Step = Callable[[Scene], None]

_CLIENTS = 40
_SKEW_SECONDS = 120
_SKEWING_PATH = os.pathsep.join(map(str, (Path(__file__).parent / "skew", ROOT, ROOT / "platform")))


def wait_for_load(scene: Scene) -> None:
    scene.load.wait()
    scene.end_fault()


def hang_up_and_stall(scene: Scene) -> None:
    """Be clients that do not wait for their answer, and clients that never send all they said.

    Who hangs up sends what the load sends too, under the same key: it is one event.
    """
    address = urlsplit(scene.rig.url)
    with ExitStack() as stalled:
        for number in range(_CLIENTS):
            whole = _request(scene, 2 * number + 1)
            target = (address.hostname, address.port)
            with socket.create_connection(target) as hasty:
                hasty.sendall(whole)
            slow = stalled.enter_context(socket.create_connection(target))
            slow.sendall(whole[: len(whole) // 4 * (number % 4)])
        wait_for_load(scene)


def _request(scene: Scene, number: int) -> bytes:
    body, key = scene.load.request_of(number)
    head = (
        "POST /events HTTP/1.1\r\nHost: drill\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def stop_all_workers(scene: Scene) -> None:
    scene.rig.stop_workers()


def start_workers(scene: Scene) -> None:
    wait_for_load(scene)
    scene.rig.restore()
    scene.end_fault()


def skew_workers(scene: Scene) -> None:
    """Have one worker's clock ahead and one's behind, and no other worker."""
    right = list(scene.rig.workers)
    for skew_seconds in (_SKEW_SECONDS, -_SKEW_SECONDS):
        scene.rig.add_worker(CLOCK_SKEW_SECONDS=skew_seconds, PYTHONPATH=_SKEWING_PATH)
    scene.rig.wait_for_workers()
    for name in right:
        scene.rig.terminate_worker(name)
