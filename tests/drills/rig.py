"""The stack under drill: its processes on links of their own, killed and replaced at will."""

import itertools
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from events.identity import new_event_id
from tests.drills.journal import Journal
from tests.drills.network import API, Network
from tests.processes import Process, eventually
from tests.stack import Stack

WORKERS = 2
_WRITTEN_AT_ONCE = 25
# Nobody else needs the store, and nothing else is to be waited for.
_AUDIT_RATE = 1_000_000
_SHOWN = 2_000


class Rig(Stack):
    """An API and two workers; ``restore`` brings them back after whatever was done to them."""

    def __init__(self, endpoint: str, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.network = Network(endpoint)
        self.journal = Journal(folder / "journal.txt")
        self._numbers = itertools.count(WORKERS)
        self._audits = itertools.count(1)
        self._shards = int(settings["SHARDS"])
        own = {
            "HANDLER_MODULES": "tests.drills.handlers",
            "DRILL_JOURNAL": self.journal.path,
            "DEMO_HANDLERS": "false",
        }
        super().__init__(endpoint, folder, workers=WORKERS, settings=settings | own)
        self._usual = list(self.workers)

    def add_worker(self, **settings: Any) -> str:
        """Start a worker under a new name; unlike a usual one, it goes at the next restore."""
        name = f"worker-{next(self._numbers)}"
        self.start_worker(name, **settings)
        return name

    def replace_worker(self) -> str:
        """Start a usual worker in place of one that is gone, as a process manager would."""
        name = self.add_worker()
        self._usual.append(name)
        return name

    def terminate_worker(self, name: str) -> None:
        """Ask a worker to stop, and do not wait for it."""
        self.workers.pop(name).terminate()

    def stop_workers(self) -> None:
        stopping = [self.workers.pop(name) for name in list(self.workers)]
        for worker in stopping:
            worker.terminate()
        for worker in stopping:
            worker.wait()

    def restart_api(self) -> None:
        """Start the API after its end, and wait until it answers."""
        self.start_api()
        eventually(self._is_api_ready, "the API is back")

    def wait_for_workers(self) -> None:
        for name, worker in self.workers.items():
            eventually(partial(_is_ready, worker), f"{name} is ready")

    def restore(self) -> None:
        """Mend the network, end what is unusual and start what is missing."""
        self.network.mend()
        self._usual = [name for name in self._usual if name in self.workers]
        unusual = [self.workers.pop(name) for name in list(self.workers) if name not in self._usual]
        for worker in unusual:
            worker.terminate()
        for worker in unusual:
            worker.wait()
        while len(self._usual) < WORKERS:
            self.replace_worker()
        self.wait_for_workers()

    def audit(self, accepted_ids: Iterable[str]) -> list[str]:
        """Audit the store, and hold it to what was accepted; return what was found."""
        ids = self.folder / "accepted.txt"
        ids.write_text("\n".join(accepted_ids))
        name = f"audit-{next(self._audits)}"
        command = self._start(
            name, "manage.py", "audit", "--ids", str(ids), "--rate", str(_AUDIT_RATE)
        )
        self._processes.remove(command)
        return [] if command.wait() == 0 else [f"the audit found: {command.log[:_SHOWN]}"]

    def copy_event(self, event_id: str, *, count: int) -> list[str]:
        """Store copies of an event as it is, under ids of their own, spread over the shards."""
        table = self._environment["EVENTS_TABLE"]
        key = {"event_id": {"S": event_id}}
        item = self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        copies = [_copy(item, shard=number % self._shards) for number in range(count)]
        for start in range(0, count, _WRITTEN_AT_ONCE):
            puts = [{"PutRequest": {"Item": each}} for each in copies[start:][:_WRITTEN_AT_ONCE]]
            answer = self._dynamodb.batch_write_item(RequestItems={table: puts})
            assert not answer["UnprocessedItems"]
        return [each["event_id"]["S"] for each in copies]

    @property
    def messages_in_hand(self) -> int:
        """Count the messages of the work queue that some worker has."""
        return self.count_messages("WORK_QUEUE", "ApproximateNumberOfMessagesNotVisible")

    @property
    def unresolved(self) -> str:
        """Say what is still in the work queue or open; nothing is the goal."""
        queued = self.messages("WORK_QUEUE")
        answer = self.request("/stats")
        opened = answer.json["open_all_tenants"]["count"] if answer.status == HTTPStatus.OK else "?"
        return f"{queued} messages queued, {opened} events open" if queued or opened else ""

    def close(self) -> None:
        self.network.mend()
        super().close()
        self.network.stop()

    def _is_api_ready(self) -> bool:
        try:
            return self.request("/health").status == HTTPStatus.OK
        except OSError:
            return False

    def _way_to_aws(self, name: str) -> dict[str, str]:
        return self.network.settings_of(name) if name == API or name.startswith("worker") else {}


def _copy(item: dict[str, Any], *, shard: int) -> dict[str, Any]:
    event_id = new_event_id()
    received_at = item["sort_key"]["S"].partition("#")[0]
    keys = {
        name: {"S": f"{item[name]['S'].rpartition('#')[0]}#{shard}"}
        for name in ("time_key", "type_key", "dead_key")
    }
    own = {"event_id": {"S": event_id}, "sort_key": {"S": f"{received_at}#{event_id}"}}
    return item | keys | own


def _is_ready(worker: Process) -> bool:
    return " ready." in worker.log
