"""The drill of replay plans: a plan over many dead events, and workers killed that carry it out."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from tests.drills.judge import Result
from tests.drills.load import Client
from tests.drills.names import MENDED
from tests.drills.rig import Rig
from tests.drills.scene import Scale
from tests.stack import Answer

NAME = "replay plan, its workers killed"
_KILLS = 2
_THREADS = 8
_LOOK_SECONDS = 0.2
_TRIES = 20

Found = TypeVar("Found")


def run_replay_drill(rig: Rig, scale: Scale) -> Result:
    """Kill events, replay them by a plan that twice loses its worker, is paused and resumed."""
    rig.restore()
    drill = _ReplayDrill(rig, scale)
    event_ids = drill.make_dead_events()
    plan = drill.make_plan()
    killed = [drill.kill_worker_of(plan) for _ in range(_KILLS)]
    result = Result(drill=NAME, sent=len(event_ids))
    ended_at = time.monotonic()
    drill.wait_until_settled(plan, result)
    result.recovery_seconds = time.monotonic() - ended_at
    drill.judge(event_ids, plan, result=result, hits=Counter(killed))
    result.faults += rig.audit(event_ids)
    return result


class _ReplayDrill:
    def __init__(self, rig: Rig, scale: Scale) -> None:
        self._rig = rig
        self._scale = scale
        self._name = uuid.uuid4().hex[:12]

    def make_dead_events(self) -> list[str]:
        """Post an event that dies, and store as many as are wanted that are just like it."""
        payload = {"drill": self._name, "seconds": 0, "held_on": [], "release": ""}
        event = {"event_type": MENDED, "source": self._name, "payload": payload}
        # Asked again, it is the same event.
        entries = {"events": [event | {"idempotency_key": self._name}]}
        event_id: str = self._ask("/events/batch", entries).json["results"][0]["event_id"]
        self._wait(lambda: self._ask(f"/events/{event_id}").json["status"] == "dead", "it is dead")
        copies = self._rig.copy_event(event_id, count=self._scale.replayed_events - 1)
        return [event_id, *copies]

    def make_plan(self) -> str:
        count = self._scale.replayed_events
        asked = {
            "filter": {"event_type": MENDED, "source": self._name},
            "reason": "drill",
            "rate": self._scale.replay_rate,
            "confirm_count": count,
        }
        # Asked again, it may have been made already, and overlap with itself.
        plan_id: str = self._ask("/replays", asked).json["plan_id"]
        return plan_id

    def kill_worker_of(self, plan_id: str) -> str:
        """Kill the worker that advances the plan, as soon as it has come a little further.

        The plan rests until there is another worker, or it could end before that one is up.
        """
        before = self._look(plan_id)["replayed"]
        self._wait(lambda: self._look(plan_id)["replayed"] > before, "the plan goes on")
        worker = self._wait(lambda: self._worker_of(plan_id), "somebody advances it")
        self._rig.kill(worker)
        self._change(plan_id, "pause", state="paused")
        self._rig.replace_worker()
        self._rig.wait_for_workers()
        self._wait(lambda: self._is_at_rest(plan_id), "the plan rests")
        self._change(plan_id, "resume", state="running")
        return worker

    def _change(self, plan_id: str, change: str, *, state: str) -> None:
        answer = self._ask(f"/replays/{plan_id}/{change}", {})
        assert answer.json.get("state") == state, answer

    def _is_at_rest(self, plan_id: str) -> bool:
        """Say whether nothing was replayed for a moment; a page in hand is brought to its end."""
        before = self._look(plan_id)["replayed"]
        time.sleep(self._scale.moment_seconds)
        return bool(self._look(plan_id)["replayed"] == before)

    def wait_until_settled(self, plan_id: str, result: Result) -> None:
        ends_at = time.monotonic() + self._scale.patience_seconds
        while not (plan := self._look(plan_id))["is_settled"] and time.monotonic() < ends_at:
            time.sleep(_LOOK_SECONDS)
        expected = {"state": "completed", "failed_again": 0, "is_settled": True} | dict.fromkeys(
            ("examined", "replayed", "succeeded"), self._scale.replayed_events
        )
        if not plan.items() >= expected.items():
            result.faults.append(f"the plan says {plan}")

    def judge(
        self, event_ids: list[str], plan_id: str, *, result: Result, hits: Counter[str]
    ) -> None:
        runs = self._rig.journal.runs(self._name)
        client = Client(self._rig.url)
        with ThreadPoolExecutor(_THREADS) as executor:
            shown = executor.map(partial(_look_up, client), event_ids)
            for event in shown:
                ran = runs.get(event["event_id"], [])
                hit = sum(hits[each.worker] for each in ran[:-1])
                _judge(event, plan_id, result, runs=len(ran), allowed=1 + hit)
        client.close()

    def _worker_of(self, plan_id: str) -> str | None:
        owner = self._rig.lease_owner(f"replay-plan/{plan_id}")
        return owner if owner in self._rig.workers else None

    def _look(self, plan_id: str) -> dict[str, Any]:
        plan: dict[str, Any] = self._ask(f"/replays/{plan_id}").json
        return plan

    def _ask(self, path: str, asked: dict[str, Any] | None = None) -> Answer:
        """Ask until the store answers in time: among so many events, a busy emulator may not."""
        body = None if asked is None else json.dumps(asked).encode()
        return self._wait(lambda: _unless_busy(self._rig.request(path, body)), path)

    def _wait(self, find: Callable[[], Found | None], what: str) -> Found:
        ends_at = time.monotonic() + self._scale.patience_seconds
        while not (found := find()):
            assert time.monotonic() < ends_at, f"it did not happen in time: {what}"
            time.sleep(_LOOK_SECONDS)
        return found


def _unless_busy(answer: Answer) -> Answer | None:
    return None if answer.status == HTTPStatus.SERVICE_UNAVAILABLE else answer


def _judge(event: dict[str, Any], plan_id: str, result: Result, *, runs: int, allowed: int) -> None:
    """Hold an event to what it should be: replayed once, and succeeded since."""
    result.most_runs = max(result.most_runs, runs)
    plans = [each["plan_id"] for each in event["replays"]]
    if (event["status"], event["generation"], plans) == ("succeeded", 2, [plan_id]):
        result.succeeded += 1
    else:
        result.lost += 1
        result.faults.append(f"{event['event_id']} is {event['status']}, replayed by {plans}")
    if not 1 <= runs <= allowed:
        result.faults.append(f"{event['event_id']} ran {runs} times, allowed were {allowed}")


def _look_up(client: Client, event_id: str) -> dict[str, Any]:
    for _ in range(_TRIES):
        status, event = client.request("GET", f"/events/{event_id}")
        if status != HTTPStatus.SERVICE_UNAVAILABLE:
            break
    assert status == HTTPStatus.OK, event
    shown: dict[str, Any] = event
    return shown
