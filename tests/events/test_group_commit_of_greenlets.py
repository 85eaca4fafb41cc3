"""Greenlets share calls as threads do, in a process that gevent has patched."""

import subprocess
import sys

_PROGRAM = """
from gevent import monkey
monkey.patch_all()
import threading, time
import gevent
from events.group_commit import GroupCommit

in_flight, most_in_flight, calls = 0, 0, []

def send(entries):
    global in_flight, most_in_flight
    in_flight += 1
    most_in_flight = max(most_in_flight, in_flight)
    calls.append(len(entries))
    time.sleep(0.005)
    in_flight -= 1
    return [ValueError(each) if each % 7 == 0 else -each for each in entries]

group_commit = GroupCommit(send, max_entries=25, max_bytes=1_000, max_calls=4)

def submit(number):
    try:
        return group_commit.submit(number, key=number % 50, timeout_seconds=20)
    except ValueError:
        return number

numbers = range(500)
expected = [number if number % 7 == 0 else -number for number in numbers]
singles = [gevent.spawn(submit, number) for number in numbers]
killed = gevent.spawn(submit, 1_000)
gevent.sleep(0)
killed.kill()
gevent.joinall(singles, raise_error=True)
assert [single.value for single in singles] == expected
assert len(calls) < 100 and 1 < most_in_flight <= 4, (calls, most_in_flight)
many = group_commit.submit_all(list(numbers), timeout_seconds=20)
assert [-each.args[0] if isinstance(each, ValueError) else each for each in many] == [
    -number for number in numbers
]
assert 1 < most_in_flight <= 4
"""


def test_it_serves_greenlets() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
