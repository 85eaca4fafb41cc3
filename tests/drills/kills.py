"""Steps that kill and stop processes, and start others in their place."""

import os
import signal
import time
from functools import partial

from tests.drills.network import SQS
from tests.drills.outages import api, workers
from tests.drills.scene import Scene
from tests.drills.steps import wait_for_load
from tests.faults import hang, respond
from tests.faults.rules import Rule
from tests.processes import eventually

_IN_HAND = 200
# Longer than all that is in hand takes elsewhere, on however busy a machine.
_HELD_SECONDS = 120
# How long events are stored and not sent before the API is killed.
_UNSENT_SECONDS = 0.5


def kill_worker(scene: Scene) -> None:
    for _ in range(scene.scale.repeats):
        worker = eventually(scene.busiest_worker, "a handler runs")
        scene.hit([worker])
        scene.rig.kill(worker)
        scene.end_fault()
        scene.rig.replace_worker()
        scene.rig.wait_for_workers()


def kill_all_workers(scene: Scene) -> None:
    for _ in range(scene.scale.repeats):
        eventually(scene.busiest_worker, "a handler runs")
        killed = list(scene.rig.workers)
        scene.hit(killed)
        for worker in killed:
            scene.rig.kill(worker)
        scene.end_fault()
        for _ in killed:
            scene.rig.replace_worker()
        scene.rig.wait_for_workers()


def add_prefork_worker(scene: Scene) -> None:
    scene.rig.add_worker(WORKER_POOL="prefork", WORKER_CONCURRENCY=4)
    scene.rig.wait_for_workers()


def kill_child(scene: Scene) -> None:
    """Kill a process of the prefork pool in the middle of a handler."""
    prefork = list(scene.rig.workers)[-1]
    for _ in range(scene.scale.repeats):
        runs = eventually(
            lambda: [run for run in scene.rig.journal.running(scene.name) if run.worker == prefork],
            "a handler runs in a child",
        )
        scene.hit([prefork])
        os.kill(runs[-1].process_id, signal.SIGKILL)
        scene.end_fault()


def stop_worker(scene: Scene) -> None:
    for _ in range(scene.scale.repeats):
        scene.rig.terminate_worker(eventually(scene.busiest_worker, "a handler runs"))
        scene.end_fault()
        scene.rig.replace_worker()
        scene.rig.wait_for_workers()


def add_large_worker(scene: Scene) -> None:
    """Have one worker take all that comes, while the others find the queue empty."""
    for link in workers(SQS).links(scene):
        link.inject("ReceiveMessage", respond(200, b"{}"))
    # It is to wait for what it runs: what it hands back at the end of its patience runs twice.
    large = scene.rig.add_worker(WORKER_PREFETCH=8, STOP_SECONDS=_HELD_SECONDS)
    scene.load.held_on.append(large)
    scene.rig.wait_for_workers()


def stop_large_worker(scene: Scene) -> None:
    """Stop the worker with its hands full; the others see the queue from this moment on.

    What it runs goes on until all else has run elsewhere: nothing may wait for that.
    """
    wait_for_load(scene)
    large = list(scene.rig.workers)[-1]
    eventually(lambda: scene.rig.messages_in_hand >= _IN_HAND, "enough messages are in hand")
    held = {run.event_id for run in scene.rig.journal.running(scene.name)}
    scene.rig.terminate_worker(large)
    scene.end_fault()
    for link in workers(SQS).links(scene):
        link.clear()
    eventually(lambda: scene.worked >= set(scene.load.accepted.values()) - held, "the rest ran")
    scene.load.release.touch()


def kill_api(scene: Scene) -> None:
    """Kill the API where events are stored and their messages not sent."""
    (link,) = api(SQS).links(scene)
    for _ in range(scene.scale.repeats):
        rule = link.inject("SendMessageBatch", hang())
        eventually(partial(_is_used, rule), "an event is stored and about to be dispatched")
        time.sleep(_UNSENT_SECONDS)
        scene.rig.api.kill()
        link.remove(rule)
        scene.rig.restart_api()
        scene.end_fault()


def _is_used(rule: Rule) -> bool:
    return rule.used > 0
