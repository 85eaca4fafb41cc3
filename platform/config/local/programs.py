"""The programs of the local stack, as supervisor's configuration."""

import shlex
import sys
from dataclasses import dataclass, field

from config import settings
from config.local.environment import emulator_environment

EMULATOR = "aws"
SETUP = "setup"
WELCOME = "welcome"
# Started once the setup is done, and stopped together, before the emulator.
PLATFORM = ("api", "worker", "exporter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program; those of a higher priority are stopped earlier."""

    name: str
    arguments: str
    priority: int
    is_service: bool = True
    starts_at_once: bool = False
    # A stopping worker waits for its last poll, then for its handlers.
    stop_seconds: int = settings.LONG_POLL_SECONDS + settings.STOP_SECONDS
    environment: dict[str, str] = field(default_factory=dict)

    def section(self) -> str:
        environment = {"PROCESS_NAME": self.name, **self.environment}
        lines = {
            "command": _escape(f"{shlex.quote(sys.executable)} {self.arguments}"),
            "directory": _escape(str(settings.ROOT)),
            "environment": ",".join(f'{k}="{_escape(v)}"' for k, v in environment.items()),
            "priority": self.priority,
            "autostart": self.starts_at_once,
            "autorestart": True if self.is_service else "unexpected",
            # Dying sooner means it cannot run at all: each new start then waits longer.
            "startsecs": int(self.is_service),
            "startretries": 1_000_000,
            "stopwaitsecs": self.stop_seconds,
            "killasgroup": True,
            "redirect_stderr": True,
            "stdout_logfile": "/dev/stdout",
            "stdout_logfile_maxbytes": 0,
        }
        return _section(f"program:{self.name}", lines)


_PROGRAMS = (
    Program(
        name=EMULATOR,
        arguments="-m ministack",
        priority=1,
        starts_at_once=True,
        # It answers open long polls first and saves its state last; that must not be cut off.
        stop_seconds=30,
        environment=emulator_environment(),
    ),
    Program(
        name=SETUP,
        arguments="-m config.local.setup",
        priority=2,
        is_service=False,
        starts_at_once=True,
    ),
    Program(name=WELCOME, arguments="-m config.local.welcome", priority=2, is_service=False),
    Program(name="api", arguments="-m gunicorn --config python:config.gunicorn", priority=3),
    Program(name="worker", arguments="-m config.worker", priority=3),
    Program(name="exporter", arguments="-m tasks.exporter", priority=3),
)


def supervisor_configuration() -> str:
    """Write out everything, quiet: what is worth telling, ``supervision`` tells."""
    supervisor = {
        "nodaemon": True,
        "silent": True,
        "logfile": "/dev/null",
        "logfile_maxbytes": 0,
        "pidfile": _escape(f"{settings.STATE_FOLDER}/supervisor.pid"),
        "childlogdir": _escape(str(settings.STATE_FOLDER)),
    }
    platform = {"programs": ",".join(PLATFORM), "priority": 3}
    return "\n".join(
        [
            _section("supervisord", supervisor),
            *(each.section() for each in _PROGRAMS),
            _section("group:platform", platform),
        ]
    )


def _section(name: str, lines: dict[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{key}={text}" for key, text in lines.items()), ""])


def _escape(text: str) -> str:
    return text.replace("%", "%%")
