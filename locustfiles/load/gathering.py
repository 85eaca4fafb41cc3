"""How the leader of a run comes to know every event that its workers saw accepted, and what failed.

Locust waits for half a second for its workers' last figures, which is too short on a busy machine;
so each worker closes its book with a message, and the run does not end before all of them have.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner
from locust.stats import StatsError

from locustfiles.load.accepted import ACCEPTED, INCOMPLETE, book, unpack

_CLOSE, _CLOSED = "close_book", "book_closed"
_LONGEST_WAIT_SECONDS = 60.0
_WRAPPED = re.compile(r"CatchResponseError\('(.*)'\)")

# Of this process: the workers that take part, and those that have told everything.
_workers: set[str] = set()
_closed: set[str] = set()


@events.init.add_listener
def open_book(environment: Environment, **_: object) -> None:
    options, runner = environment.parsed_options, environment.runner
    if options is None or runner is None:
        return
    if isinstance(runner, WorkerRunner):
        runner.register_message(_CLOSE, _stop, concurrent=True)
        # Added last, it comes first: before the leader is told that this worker is gone.
        environment.events.quitting.add_listener(_stop)
        return
    if isinstance(runner, MasterRunner):
        runner.register_message(_CLOSED, _note_closed)
    book.open(_book_of(options))


@events.test_start.add_listener
def expect_workers(environment: Environment, **_: object) -> None:
    _closed.clear()
    _workers.clear()
    if isinstance(environment.runner, MasterRunner):
        _workers.update(client.id for client in environment.runner.clients.all)


@events.report_to_master.add_listener
def send_accepted(data: dict[str, Any], **_: object) -> None:
    data["accepted"] = book.take()


@events.worker_report.add_listener
def write_accepted(client_id: str, data: Mapping[str, Any], **_: object) -> None:
    _workers.add(client_id)
    _write(data)


@events.test_stop.add_listener
def finish(environment: Environment, **_: object) -> None:
    """Tell the leader all that is left, or as the leader wait for it."""
    options, runner = environment.parsed_options, environment.runner
    if options is None or runner is None:
        return
    if isinstance(runner, WorkerRunner):
        # With the last figures, and with what of the book had not gone along yet.
        runner._send_stats()  # noqa: SLF001  # Locust sends them after the leader has ceased to hear
        runner.send_message(_CLOSED, {"accepted": book.take()})
        return
    if isinstance(runner, MasterRunner):
        # From here on it would hear nothing any more: this is the last moment to wait.
        runner.send_message(_CLOSE)
        with gevent.Timeout(_LONGEST_WAIT_SECONDS, False):
            while _connected(runner) & _workers - _closed:
                gevent.sleep(0.05)
        if _workers - _closed:
            environment.process_exit_code = INCOMPLETE
    # Locust's own file of them lacks the last second's.
    failures: Counter[str] = Counter()
    for each in runner.errors.values():
        failures[_describe(each)] += each.occurrences
    path = _book_of(options).with_name("failures.json")
    path.write_text(json.dumps(failures), encoding="utf-8")


@events.quit.add_listener
def close_book(**_: object) -> None:
    book.close()


def _book_of(options: Any) -> Path:
    folder = Path(os.environ.get("LOAD_FOLDER", ".local/load"))
    return Path(options.accepted or folder / options.run / ACCEPTED)


def _describe(failure: StatsError) -> str:
    error = StatsError.parse_error(failure.error)
    # Locust wraps what ``describe`` said.
    if wrapped := _WRAPPED.fullmatch(error):
        error = wrapped[1]
    return f"{failure.method} {failure.name}: {error}"


def _connected(runner: MasterRunner) -> set[str]:
    return {client.id for client in runner.clients.all if client.state != STATE_MISSING}


def _stop(environment: Environment, **_: object) -> None:
    if environment.runner is not None:
        environment.runner.stop()


def _note_closed(msg: Any, **_: object) -> None:
    _write(msg.data)
    _closed.add(msg.node_id)


def _write(data: Mapping[str, Any]) -> None:
    for each in unpack(data.get("accepted", ())):
        book.add(each)
