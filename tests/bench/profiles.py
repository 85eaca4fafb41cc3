"""Where the time goes: flame graphs of the API and of a worker at saturation, and their top."""

import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import services, workers
from tests.bench.flame_graph import Stacks, draw, read_stacks
from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig, peer_program
from tests.processes import ROOT

_IMAGES = ROOT / "docs" / "images"
_SECONDS = 10
_SAMPLES_PER_SECOND = 250
# Enough work for the whole time.
_EVENTS = 8_000
_TOP = 25


def draw_profiles() -> str:
    """Draw docs/images/profile-*.svg and return the hottest functions as text."""
    _IMAGES.mkdir(parents=True, exist_ok=True)
    tops = []
    for name, under_load in (("api", _api), ("worker", _worker)):
        with (
            tempfile.TemporaryDirectory() as folder,
            Rig(Path(folder)) as rig,
            under_load(rig) as running,
        ):
            stacks = _sample(running, rig.folder / "samples")
        title = f"The {name}'s CPU time at saturation; wider is more"
        (_IMAGES / f"profile-{name}.svg").write_text(draw(stacks, title))
        tops.append(_show_top(name, stacks))
    return "\n\n".join(tops)


@contextmanager
def _api(rig: Rig) -> Iterator[Measured]:
    with PlatformStack(rig.endpoint, rig.folder / "stack", workers=0) as stack:
        service = services.open_platform(stack, rig)
        service.measure(500)
        with _meanwhile(lambda: service.measure(_EVENTS)):
            yield service.running


@contextmanager
def _worker(rig: Rig) -> Iterator[Measured]:
    with PlatformStack(rig.endpoint, rig.folder / "stack") as stack:
        worker = workers.open_platform(rig, stack)
        worker.measure(500)
        worker.running.pause()
        stack.fill(_EVENTS)
        worker.running.resume()
        yield worker.running


@contextmanager
def _meanwhile(act: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()


def _sample(running: Measured, path: Path) -> Stacks:
    # Those who hold the interpreter's lock: waiting threads look busy otherwise.
    options = ["--format", "raw", "--nolineno", "--subprocesses", "--gil"]
    times = ["--duration", str(_SECONDS), "--rate", str(_SAMPLES_PER_SECOND)]
    command = [peer_program("py-spy"), "record", *options, *times, "--output", str(path)]
    subprocess.run([*command, "--pid", str(running.pid)], check=True, capture_output=True)
    return read_stacks(path.read_text())


def _show_top(name: str, stacks: Stacks) -> str:
    total = sum(stacks.values())
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for frames, count in stacks.items():
        own[frames[-1]] += count
        for frame in set(frames):
            whole[frame] += count
    lines = [f"{name}: share of itself / with all it calls"]
    for frame, count in own.most_common(_TOP):
        lines.append(f"{count / total:6.1%} {whole[frame] / total:6.1%}  {frame}")
    lines.append("by all it calls")
    lines += [f"{count / total:6.1%}  {frame}" for frame, count in whole.most_common(2 * _TOP)]
    return "\n".join(lines)
