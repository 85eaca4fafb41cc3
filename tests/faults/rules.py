"""What can go wrong on the way to AWS, and when it shall."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.wire import HTTPMessage, answer, error_answer


@dataclass(frozen=True)
class Forward:
    """Called, it forwards the request and returns the answer; ``send`` takes another request."""

    message: HTTPMessage
    send: Callable[[HTTPMessage], Awaitable[bytes]]

    async def __call__(self) -> bytes:
        return await self.send(self.message)


# Returns the answer, or None for a connection that ends without one.
Fault = Callable[[Forward], Awaitable[bytes | None]]


@dataclass(eq=False)
class Rule:
    """A fault for an operation (``*`` for all), so many ``times`` or until it is removed."""

    operation: str
    fault: Fault
    times: int | None = None
    when: Callable[[dict[str, Any]], bool] | None = None
    used: int = 0

    def applies(self, operation: str, parameters: dict[str, Any]) -> bool:
        is_meant = self.operation in ("*", operation)
        is_left = self.times is None or self.used < self.times
        return is_meant and is_left and (self.when is None or self.when(parameters))


def delay(seconds: float) -> Fault:
    """Forward late."""

    async def fault(forward: Forward) -> bytes | None:
        await asyncio.sleep(seconds)
        return await forward()

    return fault


def refuse(status: int, code: str) -> Fault:
    """Answer with an AWS error in place of AWS."""

    async def fault(_forward: Forward) -> bytes | None:
        return error_answer(status, code)

    return fault


def throttle() -> Fault:
    return refuse(400, "ThrottlingException")


def respond(status: int, body: bytes) -> Fault:
    """Answer with anything, such as garbage."""

    async def fault(_forward: Forward) -> bytes | None:
        return answer(status, body)

    return fault


def drop() -> Fault:
    """Close the connection; AWS never hears of the request."""

    async def fault(_forward: Forward) -> bytes | None:
        return None

    return fault


def lose_answer() -> Fault:
    """Let AWS act, then close the connection."""

    async def fault(forward: Forward) -> bytes | None:
        await forward()
        return None

    return fault


def hang() -> Fault:
    """Never answer; AWS never hears of the request."""

    async def fault(_forward: Forward) -> bytes | None:
        await asyncio.Event().wait()
        return None

    return fault


def duplicate() -> Fault:
    """Let AWS act twice, as a network that repeats a request would."""

    async def fault(forward: Forward) -> bytes | None:
        await forward()
        return await forward()

    return fault
