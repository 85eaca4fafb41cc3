"""Runs one drill from an orderly stack to a judged result."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from tests.drills.drill import Drill, Lasts
from tests.drills.judge import Judge, Result
from tests.drills.load import Client, Load, Plan
from tests.drills.rig import Rig
from tests.drills.scene import Scale, Scene
from tests.processes import eventually

_THREADS = 8
# Running events takes a multiple of what it takes to post them, on any machine.
_WORK_TO_POSTS = 6


def run_drill(drill: Drill, rig: Rig, scale: Scale) -> Result:
    """Run a drill; what goes wrong with the platform is in the result."""
    rig.restore()
    scene = _set_scene(drill, rig, scale)
    try:
        return _play(drill, scene)
    finally:
        scene.load.end()


def _play(drill: Drill, scene: Scene) -> Result:
    rig = scene.rig
    copies = rig.messages("DEAD_LETTER_QUEUE")
    for step in drill.before:
        step(scene)
    scene.load.start()
    for step in drill.faults:
        step(scene)
    scene.load.wait()
    result = Result(drill=drill.name, recovery_seconds=scene.wait_until_worked())
    result.faults += scene.mishaps
    left = scene.wait_until_resolved()
    if left:
        result.faults.append(f"at the end there were {left}")
    _judge(result, scene, scene.hits if drill.may_repeat else Counter())
    copies = rig.messages("DEAD_LETTER_QUEUE") - copies
    if copies < result.dead:
        result.faults.append(f"{result.dead} dead events left {copies} dead letters")
    _judge_recovery(result, _limit_seconds(drill, scene.load))
    result.faults += rig.audit(scene.load.accepted.values())
    return result


def _set_scene(drill: Drill, rig: Rig, scale: Scale) -> Scene:
    seconds = {
        Lasts.MOMENT: scale.moment_seconds,
        Lasts.SPELL: scale.spell_seconds,
        Lasts.OUTAGE: scale.outage_seconds,
    }[drill.lasts]
    if drill.events_at_once is None:
        spread_seconds = seconds + 1
        events = round(drill.events_per_second * spread_seconds)
    else:
        spread_seconds = 0.0
        events = drill.events_at_once or scale.backlog_events
    work_seconds = drill.work_seconds
    if drill.outlives_visibility:
        work_seconds += scale.settings["VISIBILITY_SECONDS"]
    plan = Plan(
        events=events,
        spread_seconds=spread_seconds,
        work_seconds=work_seconds,
        folder=rig.folder,
    )
    name = uuid.uuid4().hex[:12]
    return Scene(name=name, rig=rig, scale=scale, load=Load(rig.url, name, plan), seconds=seconds)


def _judge(result: Result, scene: Scene, hits: Counter[str]) -> None:
    runs = scene.rig.journal.runs(scene.name)
    judge = Judge(result, runs, hits)
    event_ids = sorted(runs.keys() | scene.load.accepted.values())
    client = Client(scene.rig.url)
    with ThreadPoolExecutor(_THREADS) as executor:
        shown = executor.map(lambda event_id: _look_up(client, event_id), event_ids)
        for event_id, event in zip(event_ids, shown, strict=True):
            judge.judge(event_id, event)
    client.close()


def _look_up(client: Client, event_id: str) -> dict[str, Any] | None:
    def ask() -> tuple[int, Any] | None:
        status, answer = client.request("GET", f"/events/{event_id}")
        return (status, answer) if status < HTTPStatus.INTERNAL_SERVER_ERROR else None

    status, answer = eventually(ask, "the API answers")
    return answer if status == HTTPStatus.OK else None


def _limit_seconds(drill: Drill, load: Load) -> float:
    """Return the drill's limit, or what a slow machine needs for so much work that came at once."""
    if drill.events_at_once is None:
        return drill.limit_seconds
    return max(drill.limit_seconds, _WORK_TO_POSTS * load.took_seconds)


def _judge_recovery(result: Result, limit_seconds: float) -> None:
    if result.recovery_seconds is None:
        result.faults.append("not all events were worked on")
    elif result.recovery_seconds > limit_seconds:
        result.faults.append(f"it took {result.recovery_seconds:.1f} s, not {limit_seconds:g} s")
