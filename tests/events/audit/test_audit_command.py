import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from events.identity import keyed_event_id
from tests.events.audit.damage import Stored, delete
from tests.factories import TENANT
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

UNKNOWN = keyed_event_id(TENANT, "never posted")


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("audit", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def refusal_of(*arguments: str) -> tuple[str, int, str]:
    output = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("audit", *arguments, stdout=output, stderr=StringIO())
    return str(refused.value), refused.value.returncode, output.getvalue()


def write_ids(folder: Path, *event_ids: str) -> str:
    path = folder / "ids.txt"
    path.write_text("\n".join([*event_ids, "", ""]))
    return str(path)


def test_it_closes_the_books(stored: Stored, tmp_path: Path) -> None:
    output = run("--ids", write_ids(tmp_path, *stored.values()))

    assert output.splitlines() == [
        "7 events are stored, and 1 large payloads:",
        "  2 pending",
        "  1 processing",
        "  1 retrying",
        "  2 succeeded",
        "  1 dead",
        "  0 of them have expired",
        "7 were counted as accepted, and 0 more were not, or not yet:",
        "  7 stored, 0 expired, 0 lost",
    ]


def test_it_names_what_is_wrong(stored: Stored, tmp_path: Path) -> None:
    delete(stored["succeeded"])
    message, code, output = refusal_of("--ids", write_ids(tmp_path, stored["succeeded"]))

    assert (message, code) == ("2 faults were found.", 1)
    assert output.splitlines()[:2] == [
        f"missing  {stored['succeeded']}  -  it was accepted and is not stored",
        "lost  -  acme order.created  1 were counted as accepted and are not stored",
    ]


def test_it_tells_scripts_the_same(stored: Stored) -> None:
    delete(stored["succeeded"])
    _, code, output = refusal_of("--json")
    document: dict[str, Any] = json.loads(output)

    assert (code, document["is_clean"], document["events"]) == (1, False, 6)
    assert [each["fault"] for each in document["findings"]] == ["lost"]
    assert document["accounts"][0]["lost"] == 1


def test_it_reads_ids_from_its_input(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{stored['dead']}\n{UNKNOWN}\n"))
    _, code, output = refusal_of("--ids", "-")

    assert code == 1
    assert output.splitlines()[0].startswith(f"missing  {UNKNOWN}  ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "0"], "it must be from 1 to 1000000"),
        (["--overdue-after", "-1"], "it must be 0 or more"),
        (["--since", "yesterday"], "invalid fromisoformat value"),
        (["--ids", "/no/such/file"], "No such file"),
    ],
)
def test_it_refuses_a_wrong_call(arguments: list[str], words: str) -> None:
    message, code, _ = refusal_of(*arguments)

    assert words in message
    # From a shell, argparse itself exits with 2.
    assert code == 2 or message.startswith("Error: argument")


def test_it_does_not_take_an_empty_list_for_a_clean_audit(tmp_path: Path) -> None:
    message, code, _ = refusal_of("--ids", write_ids(tmp_path))

    assert (message, code) == (f"There are no ids in {tmp_path}/ids.txt.", 2)


def test_it_is_not_clean_when_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True
    message, code, _ = refusal_of()

    assert message.startswith("The audit was cut short:")
    assert code == 2
