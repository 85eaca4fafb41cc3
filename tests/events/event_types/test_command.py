import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from events import queries
from events.event_types import Mode
from events.management.commands.event_types import Command
from events.models import EventType
from tests.events.event_types.conftest import SCHEMA, SaveEventType

pytestmark = pytest.mark.django_db

TIGHTER = json.loads(SCHEMA) | {"required": ["order", "customer"]}


def run(*arguments: Any) -> str:
    output = StringIO()
    call_command("event_types", *map(str, arguments), stdout=output, stderr=output)
    return output.getvalue()


def refuse(*arguments: Any) -> tuple[int, str]:
    output = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("event_types", *map(str, arguments), stdout=output, stderr=output)
    return caught.value.returncode, f"{output.getvalue()}{caught.value}"


def write(folder: Path, name: str, **members: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps({"name": name, **members}))


def names() -> list[str]:
    return [each.name for each in queries.read_definitions()]


def test_it_exports_what_it_imports(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type(example_json='{"order": 123456789012345678901234567890}')
    save_event_type("order.paid", mode=Mode.OFF, schema_json=None, is_deprecated=True)
    run("export", tmp_path / "new")
    before = queries.read_definitions()
    EventType.objects.all().delete()

    output = run("import", tmp_path / "new")

    assert queries.read_definitions() == before
    assert output.splitlines()[:3] == [
        "new: order.created",
        "new: order.paid",
        "2 files, 2 changes, 0 deleted",
    ]


def test_it_changes_nothing_the_second_time(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()
    run("export", tmp_path)

    assert run("export", tmp_path) == "1 event types, 0 files changed\n"
    assert run("import", tmp_path) == "1 files, 0 changes, 0 deleted\n"


def test_it_says_what_it_changes(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()
    write(tmp_path, "order.created", mode="warn", schema=json.loads(SCHEMA), description="x")

    assert run("import", tmp_path).startswith("changed: order.created (description, mode)\n")


def test_it_only_says_so_in_a_dry_run(tmp_path: Path) -> None:
    write(tmp_path, "order.created")

    assert "new: order.created" in run("import", tmp_path, "--dry-run")
    assert names() == []


def test_it_writes_no_file_in_a_dry_run(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()

    assert "written: order.created.json" in run("export", tmp_path / "new", "--dry-run")
    assert not (tmp_path / "new").exists()


def test_it_refuses_incompatible_schemas(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()
    write(tmp_path, "order.created", mode="enforce", schema=TIGHTER)
    write(tmp_path, "order.paid")

    code, output = refuse("import", tmp_path)

    assert code == 1
    assert "order.created: Payloads that matched are refused" in output
    assert '  /required: "customer" is required now' in output
    assert "--allow-incompatible" in output
    assert names() == ["order.created"]


def test_it_refuses_them_in_a_dry_run(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()
    write(tmp_path, "order.created", mode="enforce", schema=TIGHTER)

    assert refuse("import", tmp_path, "--dry-run")[0] == 1


def test_it_takes_them_if_it_should(save_event_type: SaveEventType, tmp_path: Path) -> None:
    save_event_type()
    write(tmp_path, "order.created", mode="enforce", schema=TIGHTER)
    run("import", tmp_path, "--allow-incompatible")

    assert EventType.objects.get().version == 2


def test_it_names_every_fault_of_every_file(tmp_path: Path) -> None:
    write(tmp_path, "a", mode="enforce")
    write(tmp_path, "b", schema={"type": "x"})
    write(tmp_path, "c", shema={})
    write(tmp_path, "d")

    code, output = refuse("import", tmp_path)

    assert code == 1
    assert "a.json: mode: enforce needs a schema." in output
    assert "b.json: schema: /type:" in output
    assert "c.json: there is no member 'shema'." in output
    assert names() == []


@pytest.mark.parametrize("prune", [True, False])
def test_it_deletes_what_has_no_file_if_it_should(
    *, save_event_type: SaveEventType, tmp_path: Path, prune: bool
) -> None:
    save_event_type()
    write(tmp_path, "order.paid")
    run("import", tmp_path, *["--prune"] * prune)

    assert ("order.created" in names()) is not prune


def test_it_deletes_files_without_a_type_if_it_should(tmp_path: Path) -> None:
    write(tmp_path, "order.paid")
    (tmp_path / "README.md").touch()
    run("export", tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    run("export", tmp_path, "--prune")

    assert left == ["README.md", "order.paid.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("arguments", [("import", "none"), ("import", ".", "--prune")])
def test_it_tells_a_wrong_call_apart(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert refuse(*arguments)[0] == 2


def test_it_refuses_what_another_made_incompatible_meanwhile(
    save_event_type: SaveEventType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_event_type()
    write(tmp_path, "order.created", mode="enforce", schema=TIGHTER)
    monkeypatch.setattr(Command, "_refuse_incompatible", lambda *_: None)

    code, output = refuse("import", tmp_path)

    assert code == 1
    assert "Somebody has just changed it. Nothing was changed here" in output
    assert EventType.objects.get().version == 1
