import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locustfiles.load import __main__ as load
from locustfiles.load.accepted import ACCEPTED, INCOMPLETE, Accepted
from tests.load.test_verification import FakeView, accepted, row

Main = Callable[..., int]
Locust = Callable[..., None]
QUICK = ("--patience", "0.01", "--settle", "0.01")


class FakeAPI(FakeView):
    def check(self) -> None:
        pass


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Main:
    def run(*words: str, view: FakeView) -> int:
        monkeypatch.setattr("sys.argv", ["run.sh", *words, *QUICK])
        monkeypatch.setattr(load, "API", lambda *_: view)
        return load.main()

    return run


@pytest.fixture
def locust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Locust:
    """Put in Locust's place what ends with a code and has seen these accepted."""
    monkeypatch.setenv("LOAD_FOLDER", str(tmp_path))

    def ends_with(code: int, *book: Accepted, failures: int = 0) -> None:
        def run_locust(_: argparse.Namespace, folder: Path) -> int:
            write(folder, *book)
            (folder / "failures.json").write_text(
                json.dumps({"POST /events: 503": failures} if failures else {})
            )
            return code

        monkeypatch.setattr(load, "run_locust", run_locust)

    return ends_with


def write(folder: Path, *book: Accepted) -> None:
    with (folder / ACCEPTED).open("w", newline="") as file:
        csv.writer(file).writerows(book)


def read_summary(tmp_path: Path) -> dict[str, Any]:
    (path,) = tmp_path.glob("*/summary.json")
    summary: dict[str, Any] = json.loads(path.read_text())
    return summary


@pytest.mark.parametrize(
    ("code", "expected"),
    [(0, 0), (1, 3), (INCOMPLETE, 1), (2, 1), (-9, 1)],
    ids=["well", "requests failed", "a worker is gone", "Locust broke", "Locust was killed"],
)
def test_it_tells_how_locust_ended(
    main: Main,
    locust: Locust,
    tmp_path: Path,
    *,
    code: int,
    expected: int,
) -> None:
    locust(code, accepted("a"))

    assert main("http://127.0.0.1:1", "1", "1", "1s", view=FakeAPI(row("a"))) == expected
    assert read_summary(tmp_path)["exit_code"] == expected


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ([], "lost"),
        ([row("a", status="dead")], "died"),
        ([row("a", updated_at="2026-11-28T13:00:00Z")], "late"),
    ],
)
def test_it_ends_with_1_for_each_fault(
    main: Main,
    locust: Locust,
    tmp_path: Path,
    *,
    shown: list[dict[str, Any]],
    fault: str,
) -> None:
    locust(0, accepted("a"))

    assert main("http://127.0.0.1:1", "1", "1", "1s", view=FakeAPI(*shown)) == 1
    assert read_summary(tmp_path)["verification"][fault]["ids"] == ["a"]


def test_it_ends_with_1_where_nothing_was_accepted(
    main: Main, locust: Locust, capsys: pytest.CaptureFixture[str]
) -> None:
    locust(0)

    assert main("http://127.0.0.1:1", "1", "1", "1s", view=FakeAPI()) == 1
    assert "nothing was accepted" in capsys.readouterr().err


def test_it_ends_with_2_where_locust_ran_nothing(
    main: Main, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOAD_FOLDER", str(tmp_path))
    monkeypatch.setattr(load, "run_locust", lambda *_: 0)

    assert main("http://127.0.0.1:1", "1", "1", "1s", view=FakeAPI()) == 2


def test_it_keeps_on_record_what_failed_when_it_verifies_again(
    main: Main, locust: Locust, tmp_path: Path
) -> None:
    locust(1, accepted("a"), failures=2)
    main("http://127.0.0.1:1", "1", "1", "1s", "--shape", "ramp", view=FakeAPI())
    (folder,) = tmp_path.iterdir()

    assert main("verify", "http://127.0.0.1:1", str(folder), view=FakeAPI(row("a"))) == 3
    again = read_summary(tmp_path)
    assert (again["run"]["shape"], again["run"]["users"]) == ("ramp", 1)
    assert again["failures"] == {"POST /events: 503": 2}


def test_it_verifies_again_by_the_run_s_own_measure(
    main: Main, locust: Locust, tmp_path: Path
) -> None:
    locust(0, accepted("a"))
    view = FakeAPI(row("a", updated_at="2026-11-28T12:00:06Z"))
    words = ("http://127.0.0.1:1", "1", "1", "1s")
    assert main(*words, "--late", "5", view=view) == 1
    (folder,) = tmp_path.iterdir()

    assert main("verify", words[0], str(folder), view=view) == 1
    assert main("verify", words[0], str(folder), "--late", "10", view=view) == 0


@pytest.mark.parametrize(
    ("is_whole", "expected"), [(True, 0), (False, 1)], ids=["whole", "not whole"]
)
def test_it_makes_no_list_whole_by_verifying_again(
    main: Main,
    locust: Locust,
    tmp_path: Path,
    *,
    is_whole: bool,
    expected: int,
) -> None:
    locust(0 if is_whole else INCOMPLETE, accepted("a"))
    main("http://127.0.0.1:1", "1", "1", "1s", view=FakeAPI(row("a")))
    (folder,) = tmp_path.iterdir()

    assert main("verify", "http://127.0.0.1:1", str(folder), view=FakeAPI(row("a"))) == expected


def test_it_verifies_a_run_that_was_cut_off(main: Main, tmp_path: Path) -> None:
    write(tmp_path, accepted("a"))

    assert main("verify", "http://127.0.0.1:1", str(tmp_path), view=FakeAPI(row("a"))) == 0


def test_it_asks_for_the_noisy_tenant_s_key_when_it_verifies(
    main: Main,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path, accepted("a", is_noisy=True))
    monkeypatch.setenv("LOAD_KEY", "evp_one")

    assert main("verify", "http://127.0.0.1:1", str(tmp_path), view=FakeAPI(row("a"))) == 2
    assert "LOAD_NOISY_KEY" in capsys.readouterr().err
