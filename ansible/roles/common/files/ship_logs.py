#!/usr/bin/env python3
"""Ship this host's journal to a log group of CloudWatch, onwards from where it got to.

Environment: LOG_GROUP, AWS_REGION, and STATE_DIRECTORY for the place in the journal. The stream is
the host's name, which attempts carry, too. After a failure it starts again at its last place, so
that a line may arrive twice; none that the journal still holds is left out. Stopped, it stops
journalctl, whose end is the end, and sends what it has.
"""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import boto3

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
_BATCH_LINES = 10_000
_BATCH_BYTES = 1_000_000
_BATCH_MILLISECONDS = 23 * 3_600 * 1_000
_LINE_OVERHEAD_BYTES = 26
_LINE_BYTES = 200_000
# So many lines are read ahead: the longest, and the process stays within its memory.
_READ_AHEAD = 500
# For so long a line waits for others.
_BATCH_SECONDS = 5.0


class Line(NamedTuple):
    """One entry of the journal, and where the journal goes on after it."""

    timestamp: int
    message: str
    cursor: str

    @property
    def size(self) -> int:
        return len(self.message.encode()) + _LINE_OVERHEAD_BYTES


def main() -> None:
    place = Path(os.environ["STATE_DIRECTORY"]) / "cursor"
    target = {"logGroupName": os.environ["LOG_GROUP"], "logStreamName": socket.gethostname()}
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    client = boto3.client("logs", region_name=os.environ["AWS_REGION"], endpoint_url=endpoint)
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(**target)
    journal = start_journal(place.read_text() if place.exists() else "")
    # Not before there is a journalctl to stop: a stop would be missed for good.
    signal.signal(signal.SIGTERM, lambda *_: journal.terminate())
    lines = follow(journal)
    first = take(lines)
    while True:
        batch, following = gather(lines, first)
        events = [{"timestamp": each.timestamp, "message": each.message} for each in batch]
        # A clock that was set may have gone back.
        events.sort(key=lambda each: each["timestamp"])
        answer = client.put_log_events(**target, logEvents=events)
        if refused := answer.get("rejectedLogEventsInfo"):
            sys.stderr.write(f"CloudWatch refused some of {len(events)} lines: {refused}\n")
        written = place.with_suffix(".new")
        written.write_text(batch[-1].cursor)
        written.replace(place)
        first = following or take(lines)


def start_journal(cursor: str) -> "subprocess.Popen[bytes]":
    """Read the journal, of this boot or from a place on."""
    onwards = f"--after-cursor={cursor}" if cursor else "--boot"
    fields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER"
    command = ["journalctl", "--follow", "--no-tail", "--all", "--output=json", fields, onwards]
    return subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  # as above


def follow(journal: "subprocess.Popen[bytes]") -> "queue.Queue[Line | None]":
    """Return a queue of the journal's lines; None ends it."""
    lines: queue.Queue[Line | None] = queue.Queue(maxsize=_READ_AHEAD)

    def read() -> None:
        try:
            with journal:
                for entry in journal.stdout or ():
                    lines.put(read_line(json.loads(entry)))
        finally:
            lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def read_line(entry: dict[str, Any]) -> Line:
    message = entry.get("MESSAGE") or ""
    if isinstance(message, list):
        # What is no text comes as numbers, and a field that is there twice as texts.
        is_binary = all(isinstance(each, int) for each in message)
        message = (
            bytes(message).decode(errors="replace") if is_binary else " ".join(map(str, message))
        )
    # The platform's own lines stay JSON, which CloudWatch searches by field.
    if not message.startswith("{"):
        message = f"{entry.get('SYSLOG_IDENTIFIER', '')}: {message}"
    return Line(
        timestamp=int(entry["__REALTIME_TIMESTAMP"]) // 1_000,
        message=message.encode()[:_LINE_BYTES].decode(errors="ignore"),
        cursor=entry["__CURSOR"],
    )


def gather(lines: "queue.Queue[Line | None]", first: Line) -> tuple[list[Line], Line | None]:
    """Return a batch that begins with a line, and the next line if there was no room for it."""
    batch, size = [first], first.size
    earliest = latest = first.timestamp
    ends_at = time.monotonic() + _BATCH_SECONDS
    while len(batch) < _BATCH_LINES and (left := ends_at - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        if line is None:
            # What was gathered goes before the end.
            lines.put(None)
            break
        size += line.size
        earliest, latest = min(earliest, line.timestamp), max(latest, line.timestamp)
        if size > _BATCH_BYTES or latest - earliest > _BATCH_MILLISECONDS:
            return batch, line
        batch.append(line)
    return batch, None


def take(lines: "queue.Queue[Line | None]") -> Line:
    line = lines.get()
    if line is None:
        sys.exit("the journal ended")
    return line


if __name__ == "__main__":
    main()
