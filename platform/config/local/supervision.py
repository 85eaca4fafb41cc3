"""Runs the programs in supervisor's own loop: order at the start, a line for what dies."""

import os
import signal
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from config import settings
from config.local.environment import EMULATOR_STATE
from config.local.programs import EMULATOR, PLATFORM, SETUP, WELCOME, supervisor_configuration

logger = structlog.get_logger(__name__)


def run_programs() -> int:
    """Run everything until a signal; return the exit code."""
    configuration = settings.STATE_FOLDER / "supervisor.conf"
    configuration.write_text(supervisor_configuration())
    options = ServerOptions()
    options.realize(["--configuration", str(configuration)])
    # What supervisor's own main() sets: not a reload of itself, and no single turn of its loop.
    options.first, options.test = True, False
    conductor = Conductor(options)
    with suppress(ExitNow):
        conductor.main()
    return conductor.exit_code


def describe_loss(state: Path) -> str:
    """Say what an emulator forgot that could not save its state when it ended."""
    saved_at = [file.stat().st_mtime for file in state.glob("*.json")]
    if not saved_at:
        return "all events: it saves them when it is stopped, and never was"
    since = datetime.fromtimestamp(max(saved_at), UTC).astimezone()
    return f"what came after {since:%d %B, %H:%M:%S}, when it was last stopped and saved its state"


class Conductor(Supervisor):  # type: ignore[misc]  # supervisor has no types
    """Supervisor starts again what dies; this tells of it, and starts what needs something first.

    Setup needs the emulator and waits for it; API, worker and exporter need the setup.
    """

    exit_code = 0

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self._died: set[str] = set()
        self._is_set_up = False

    def runforever(self) -> None:
        # A closed terminal means the end; supervisor takes it for the wish to start all anew.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        events.subscribe(events.ProcessStateExitedEvent, self._note_exit)
        events.subscribe(events.ProcessStateBackoffEvent, self._note_exit)
        events.subscribe(events.ProcessStateRunningEvent, self._note_return)
        events.subscribe(events.ProcessStateStoppedEvent, _end_remains)
        events.subscribe(events.SupervisorStoppingEvent, lambda _: logger.info("stopping"))
        try:
            super().runforever()
        finally:
            # All have been stopped, unless this very loop broke; nothing is to outlive it.
            for pid in list(self.options.pidhistory):
                _kill_group(pid)

    def _note_exit(self, event: Any) -> None:
        name = event.process.config.name
        _end_remains(event)
        if name == SETUP:
            self._after_setup(is_done=event.process.exitstatus == 0)
        elif name != WELCOME:
            self._died.add(name)
            logger.warning("process_died", name=name, next="it is started again")
        if name == EMULATOR:
            logger.warning("emulator_state_lost", lost=describe_loss(EMULATOR_STATE))
            self._start(SETUP)

    def _note_return(self, event: Any) -> None:
        name = event.process.config.name
        if name in self._died:
            self._died.remove(name)
            logger.info("process_is_back", name=name, pid=event.process.pid)

    def _after_setup(self, *, is_done: bool) -> None:
        if is_done:
            for name in (*PLATFORM, WELCOME):
                self._start(name)
            self._is_set_up = True
        elif self._is_set_up:
            # The emulator must have died once more; supervisor starts the setup once more.
            logger.warning("setup_failed", next="it is tried again")
        else:
            logger.error("setup_failed", next="everything stops")
            self.exit_code = 1
            self.options.mood = SupervisorStates.SHUTDOWN

    def _start(self, name: str) -> None:
        """Start a program unless it runs, or supervisor is about to start it anyway."""
        for group in self.process_groups.values():
            process = group.processes.get(name)
            if process and not process.pid and (not process.laststart or name == SETUP):
                process.spawn()


def _end_remains(event: Any) -> None:
    """End what a killed process left behind: gunicorn's workers would hold its port."""
    if event.process.pid:
        _kill_group(event.process.pid)


def _kill_group(pid: int) -> None:
    # Supervisor makes each program the leader of a group of its own.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
