import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from events import services
from events.api.cloudevents import read_cloudevent
from events.queries import EventPage, exporting
from events.strict_json import read
from tests.factories import TENANT, accept_event, make_dead_event
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def export(path: Path, *arguments: str) -> list[str]:
    """Export to a file and return its lines."""
    call_command("export", "--tenant", TENANT, "--output", str(path), *arguments, stderr=StringIO())
    return path.read_text().splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


def test_it_writes_each_event_once_across_pages(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    accepted = [accept_event() for _ in range(10)]

    exported = [json.loads(line)["event_id"] for line in export(path)]

    assert sorted(exported) == sorted(accepted)


def test_it_writes_payloads_as_they_came_with_attempts(path: Path) -> None:
    make_dead_event(payload_json='{"total": 12.50}')

    [line] = export(path)

    assert '"payload":{"total": 12.50}' in line
    assert json.loads(line)["attempts"][0]["error"]["type"] == "ValueError"


def test_it_writes_large_payloads(path: Path) -> None:
    accept_event(payload_json=json.dumps("x" * 200_000))

    [line] = export(path)

    assert json.loads(line)["payload"] == "x" * 200_000


def test_it_writes_what_the_filter_means_alone(path: Path) -> None:
    accept_event()
    dead = make_dead_event()
    accept_event(tenant="other")

    assert [json.loads(each)["event_id"] for each in export(path, "--status", "dead")] == [dead]


def test_it_leaves_out_what_has_expired(path: Path, frozen_clock: FrozenClock) -> None:
    accept_event()
    frozen_clock.advance(days=30)

    assert export(path) == []


def test_cloudevents_can_be_posted_again(path: Path) -> None:
    accept_event(subject="42")

    [line] = export(path, "--format", "cloudevents")
    again = read_cloudevent(read(line.encode(), depth_limit=64))

    assert (again.event_type, again.subject) == ("order.created", "42")
    assert json.loads(again.payload_json) == {"total": 12.5}


def test_it_writes_to_the_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    event_id = accept_event()

    call_command("export", "--tenant", TENANT, "--output", "-", stderr=StringIO())

    assert json.loads(capfdbinary.readouterr().out)["event_id"] == event_id


def test_a_failed_export_leaves_the_file_of_before(path: Path, dynamodb: FakeDynamoDB) -> None:
    accept_event()
    before = export(path)
    dynamodb.fail_next(*[Fault.AWAY] * 100)

    with pytest.raises(CommandError):
        export(path)

    assert path.read_text().splitlines() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        export(tmp_path / "missing" / "events.ndjson")


@pytest.fixture
def cut_off(path: Path, monkeypatch: pytest.MonkeyPatch, dynamodb: FakeDynamoDB) -> list[str]:
    """Let the store go away in the middle of an export of ten events, and come back."""
    accepted = [accept_event() for _ in range(10)]
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 3)
    read = exporting.list_events
    pages = []

    def read_two(**options: Any) -> EventPage:
        if len(pages) == 2:
            dynamodb.is_away = True
        pages.append(None)
        return read(**options)

    monkeypatch.setattr(exporting, "list_events", read_two)
    with pytest.raises(CommandError):
        export(path)
    dynamodb.is_away = False
    return accepted


def test_it_goes_on_where_it_was_cut_off(path: Path, cut_off: list[str]) -> None:
    part = path.with_name("events.ndjson.part")
    assert len(part.read_text().splitlines()) == 6
    # As a kill in the middle of a page leaves it.
    with part.open("a") as file:
        file.write('{"event_id": "half a li')

    exported = [json.loads(line)["event_id"] for line in export(path, "--resume")]

    assert exported == sorted(cut_off, reverse=True)
    assert list(path.parent.iterdir()) == [path]


def test_it_begins_anew_unless_told_to_go_on(path: Path, cut_off: list[str]) -> None:
    assert len(export(path)) == len(cut_off)
    assert list(path.parent.iterdir()) == [path]


def test_it_goes_on_with_the_very_same_export_only(path: Path, cut_off: list[str]) -> None:  # noqa: ARG001  # it was there
    with pytest.raises(CommandError, match="an export of something else") as refused:
        export(path, "--resume", "--status", "dead")

    assert refused.value.returncode == 2
    assert path.with_name("events.ndjson.part").exists()


def test_it_says_that_there_is_nothing_to_go_on_with(path: Path) -> None:
    with pytest.raises(CommandError, match=r"there is no .*\.part\.note") as refused:
        export(path, "--resume")

    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="Only a file can be resumed"):
        call_command("export", "--output", "-", "--resume", stderr=StringIO())


def test_it_says_what_is_erased(path: Path) -> None:
    event_id = make_dead_event()
    services.erase_payload(event_id=event_id, actor="ada")

    [line] = export(path)
    assert (json.loads(line)["payload"], json.loads(line)["is_erased"]) == (None, True)
    [line] = export(path, "--format", "cloudevents")
    assert json.loads(line)["erased"] is True
    assert "data" not in json.loads(line)
