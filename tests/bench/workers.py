"""Work: workers that empty a queue, each a queue of its own, with as many threads."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.plain_claim import TABLE
from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig, peer_program
from tests.bench.rounds import Figures

THREADS = 32


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A worker, its queue, and whatever fills that queue with its tasks."""

    rig: Rig
    running: Measured
    queue_url: str
    fill: Callable[[int], None]

    def measure(self, count: int) -> Figures:
        """Let the worker empty a full queue and return what a task cost it, and AWS."""
        self.running.pause()
        self.fill(count)
        worker_seconds, aws_seconds = self.running.cpu_seconds, self.rig.aws.cpu_seconds
        started = time.perf_counter()
        self.running.resume()
        self.rig.wait_until_drained(self.queue_url)
        elapsed = time.perf_counter() - started
        cpu_ms = (self.running.cpu_seconds - worker_seconds) * 1_000 / count
        return {
            "cpu_ms": cpu_ms,
            "per_core_second": 1_000 / max(cpu_ms, 0.001),
            "per_second": count / elapsed,
            "aws_cpu_ms": (self.rig.aws.cpu_seconds - aws_seconds) * 1_000 / count,
        }


def start_celery(rig: Rig, *, broker: str, task: str = "noop") -> Worker:
    """Start a Celery worker with threads, over stock SQS or over the platform's transport."""
    options = ["--pool", "threads", "--concurrency", str(THREADS), "--loglevel", "WARNING"]
    module = "tests.bench.celery_tasks"
    return _start(
        rig,
        f"celery-{broker}",
        task,
        command=["python", "-m", "celery", "-A", module, "worker", "--without-gossip", *options],
        fill=["python", "-m", module],
        BENCH_BROKER=broker,
    )


def start_dramatiq(rig: Rig, *, task: str = "noop") -> Worker:
    module = "tests.bench.dramatiq_tasks"
    options = ["--processes", "1", "--threads", str(THREADS)]
    return _start(
        rig,
        "dramatiq",
        task,
        command=[peer_program("dramatiq"), module, *options],
        fill=[peer_program("python"), "-m", module],
    )


def start_taskiq(rig: Rig, *, task: str = "noop") -> Worker:
    module = "tests.bench.taskiq_tasks"
    options = ["worker", f"{module}:broker", "--workers", "1", "--log-level", "WARNING"]
    return _start(
        rig,
        "taskiq",
        task,
        command=[peer_program("taskiq"), *options],
        fill=[peer_program("python"), "-m", module],
    )


def open_platform(rig: Rig, stack: PlatformStack) -> Worker:
    """Take the platform's own worker, which claims and finishes an event per task."""
    (worker,) = stack.workers.values()
    return Worker(
        rig=rig, running=Measured(worker), queue_url=stack.work_queue_url, fill=stack.fill
    )


def _start(
    rig: Rig, name: str, task: str, *, command: list[str], fill: list[str], **environment: str
) -> Worker:
    rig.make_table(TABLE)
    url = rig.make_queue(name)
    environment = {"BENCH_QUEUE": name, **environment}
    running = rig.start(name, command, **environment)

    def send(count: int) -> None:
        rig.run(f"{name}-fill", [*fill, task, str(count)], **environment)

    return Worker(rig=rig, running=running, queue_url=url, fill=send)
