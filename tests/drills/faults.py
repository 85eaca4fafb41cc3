"""Faults that only drills need: repeated, reordered and forgotten messages, spells of errors."""

import asyncio
import json
import random
from collections.abc import Iterable
from typing import Any

from tests.faults.rules import Fault, Forward
from tests.faults.wire import HTTPMessage, answer, request

_TO_SQS = "AmazonSQS.{operation}"


def repeat(times: int) -> Fault:
    """Let AWS act so many times; to SQS, each is a message of its own."""

    async def fault(forward: Forward) -> bytes | None:
        for _ in range(times - 1):
            await forward()
        return await forward()

    return fault


def sometimes(share: float, fault: Fault) -> Fault:
    """Apply a fault to a share of the requests, here and there."""

    async def sometimes_fault(forward: Forward) -> bytes | None:
        return await (fault(forward) if random.random() < share else forward())  # noqa: S311

    return sometimes_fault


def delay_up_to(seconds: float) -> Fault:
    """Forward after a while, each request after another one, so that they overtake each other."""

    async def fault(forward: Forward) -> bytes | None:
        await asyncio.sleep(random.uniform(0, seconds))  # noqa: S311
        return await forward()

    return fault


def show_again() -> Fault:
    """Make what a poll received visible at once: it is in hand, and delivered to others too."""

    async def fault(forward: Forward) -> bytes | None:
        received = await forward()
        messages = HTTPMessage(b"", received.partition(b"\r\n\r\n")[2]).parameters
        entries = [
            {"Id": str(i), "ReceiptHandle": each["ReceiptHandle"], "VisibilityTimeout": 0}
            for i, each in enumerate(messages.get("Messages", []))
        ]
        if entries:
            queue_url = forward.message.parameters["QueueUrl"]
            target = _TO_SQS.format(operation="ChangeMessageVisibilityBatch")
            parameters = {"QueueUrl": queue_url, "Entries": entries}
            await forward.send(request(forward.message.header("host"), target, parameters))
        return received

    return fault


def swallow_entries() -> Fault:
    """Answer a batch with success; AWS never hears of it."""

    async def fault(forward: Forward) -> bytes | None:
        return _answer(successful=[{"Id": each} for each in _entry_ids(forward)])

    return fault


def expire_receipts() -> Fault:
    """Answer a batch as SQS does where each receipt handle is too old."""

    async def fault(forward: Forward) -> bytes | None:
        code = "ReceiptHandleIsInvalid"
        return _answer(
            failed=[
                {"Id": each, "SenderFault": True, "Code": code, "Message": "too old"}
                for each in _entry_ids(forward)
            ]
        )

    return fault


def _entry_ids(forward: Forward) -> Iterable[str]:
    return (entry["Id"] for entry in forward.message.parameters["Entries"])


def _answer(
    *, successful: list[dict[str, Any]] | None = None, failed: list[dict[str, Any]] | None = None
) -> bytes:
    return answer(
        200, json.dumps({"Successful": successful or [], "Failed": failed or []}).encode()
    )
