from ipaddress import ip_network

import pytest

from config.env import Environment, process_name


def problems_of(env: Environment) -> str:
    with pytest.raises(SystemExit) as ended:
        env.refuse_problems()
    return str(ended.value)


def test_it_reads_every_kind_of_value() -> None:
    env = Environment(
        {
            "A": "text",
            "B": "yes",
            "C": "7",
            "D": "b",
            "E": " x, y ,,",
            "F": "http://h",
            "G": "s" * 50,
            "H": "10.0.0.0/8, ::1",
            "I": "postgres://me:word@db:1/events",
        }
    )

    assert env.text("A") == "text"
    assert env.flag("B", default=False) is True
    assert env.integer("C", minimum=1, maximum=9) == 7
    assert env.choice("D", ("a", "b")) == "b"
    assert env.words("E") == ["x", "y"]
    assert env.url("F", ("http", "https")) == "http://h"
    assert env.secret("G") == "s" * 50
    assert env.networks("H") == [ip_network("10.0.0.0/8"), ip_network("::1/128")]
    assert env.database("I", ("postgres",))["HOST"] == "db"
    env.refuse_problems()


@pytest.mark.parametrize("variables", [{}, {"A": ""}, {"A": "  "}])
def test_it_takes_what_is_empty_for_not_set(variables: dict[str, str]) -> None:
    env = Environment(variables)

    assert env.text("A", "default") == "default"
    assert env.flag("A", default=True) is True
    assert env.integer("A", 3, minimum=1, maximum=9) == 3
    assert env.choice("A", ("a", "b"), "a") == "a"
    assert env.words("A", ("x",)) == ["x"]
    assert env.url("A", ("http",), "") == ""
    env.refuse_problems()


@pytest.mark.parametrize("text", ["1", "true", "TRUE", "Yes", "on"])
def test_it_reads_a_yes(text: str) -> None:
    assert Environment({"A": text}).flag("A", default=False) is True


@pytest.mark.parametrize("text", ["0", "false", "No", "OFF"])
def test_it_reads_a_no(text: str) -> None:
    assert Environment({"A": text}).flag("A", default=True) is False


def read_flag(env: Environment) -> None:
    env.flag("A", default=True)


def read_integer(env: Environment) -> None:
    env.integer("A", 3, minimum=1, maximum=9)


def read_choice(env: Environment) -> None:
    env.choice("A", ("a", "b"), "a")


def read_url(env: Environment) -> None:
    env.url("A", ("http", "https"), "")


def read_link(env: Environment) -> None:
    env.url("A", ("https",), "", places=("{event_id}", "{trace_id}"))


NO_LINK = (
    "A must be an address that begins with https:// and has {event_id} or {trace_id} in it; "
    "what it holds is something else."
)


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (read_flag, "maybe", "A must be one of: true, false, not 'maybe'."),
        (read_integer, "x", "A must be a whole number from 1 to 9, not 'x'."),
        (read_integer, "10", "A must be a whole number from 1 to 9, not '10'."),
        (read_integer, "0", "A must be a whole number from 1 to 9, not '0'."),
        (read_choice, "c", "A must be one of: a, b, not 'c'."),
        (
            read_url,
            "ftp://h",
            (
                "A must be an address that begins with http:// or https://; "
                "what it holds is something else."
            ),
        ),
        (read_link, "https://traces", NO_LINK),
        (read_link, "javascript:alert('{event_id}')//https://", NO_LINK),
    ],
)
def test_it_says_what_is_wrong(read: type, text: str, sentence: str) -> None:
    env = Environment({"A": text})
    read(env)

    assert problems_of(env) == sentence


def test_it_says_what_is_missing() -> None:
    env = Environment({})
    env.text("A")
    env.integer("B", minimum=1, maximum=9)
    env.secret("C")

    assert problems_of(env).splitlines() == [
        "A is not set; it takes some text in UTF-8.",
        "B is not set; it takes a whole number from 1 to 9.",
        "C is not set; it takes a secret of 50 characters or more.",
    ]


def test_it_hints_at_what_is_forgotten_if_anything_is_wrong() -> None:
    env = Environment({})
    env.refuse_problems(hint="Say B.")
    env.text("A")

    with pytest.raises(SystemExit, match=r"A is not set.*\nSay B\.$"):
        env.refuse_problems(hint="Say B.")


def test_it_says_everything_that_is_wrong_at_once() -> None:
    env = Environment({"A": "x", "B": "x"})
    env.integer("A", 3, minimum=1, maximum=9)
    env.flag("B", default=True)

    assert len(problems_of(env).splitlines()) == 2


def test_it_shows_no_secret() -> None:
    env = Environment({"KEY": "hunter2", "DATABASE_URL": "mysql://me:hunter2@db"})
    env.secret("KEY")
    env.url("DATABASE_URL", ("postgres",))

    problems = problems_of(env)
    assert "KEY must be a secret of 50 characters or more" in problems
    assert "hunter2" not in problems


def test_it_takes_a_default_that_is_no_real_secret() -> None:
    env = Environment({})

    assert env.secret("KEY", "local") == "local"
    env.refuse_problems()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python -m config.worker", "worker"),
        ("python -m tasks.exporter", "exporter"),
        ("python manage.py migrate", "manage"),
        ("python -m gunicorn -c python:config.gunicorn", "api"),
    ],
)
def test_it_tells_processes_apart(command: str, name: str) -> None:
    assert process_name(command.split()) == name


def test_it_refuses_bytes_that_are_no_text() -> None:
    env = Environment({"WORKER_NAME": "worker-\udcff"})
    env.text("WORKER_NAME")

    assert "WORKER_NAME must be some text in UTF-8" in problems_of(env)
