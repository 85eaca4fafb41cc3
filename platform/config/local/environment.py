"""The environment that all programs of the local stack share, whatever the shell has set."""

import os
import subprocess
import sys

from config import settings

EMULATOR_STATE = settings.STATE_FOLDER / "aws"
# They belong to another project or to somebody's real AWS account, and must not get in here.
_NOT_OURS = (
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "METRICS_FOLDER",
    "QUEUE_URL_PREFIX",
)


def use_shared_environment() -> None:
    """Set what every program is to have, in this process, from which they inherit it."""
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    no_proxy = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1", "localhost"]))
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{settings.PORT + 1}",
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "DATABASE_URL": f"sqlite:///{settings.STATE_FOLDER}/django.sqlite3",
        "EXPORTER_HOST": "127.0.0.1",
        "EXPORTER_PORT": str(settings.PORT + 2),
        "WORKER_METRICS_PORT": str(settings.PORT + 3),
        # Ctrl-C waits for the polls that are under way.
        "LONG_POLL_SECONDS": os.environ.get("LONG_POLL_SECONDS") or "2",
        "LOG_COLOR": os.environ.get("LOG_COLOR") or str(sys.stdout.isatty()),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "VERSION": os.environ.get("VERSION") or _describe_checkout(),
        "WORKER_NAME": os.environ.get("WORKER_NAME") or "worker-1",
    }


def emulator_environment() -> dict[str, str]:
    """Say what ministack needs to be on loopback, small, quiet and of good memory."""
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(settings.PORT + 1),
        # Each of the others would open a port of its own.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "PERSIST_STATE": "1",
        "SERVICES": "sqs,dynamodb",
        "STATE_DIR": str(EMULATOR_STATE),
        # It keeps a file with its pid there, where another user's might be.
        "TMPDIR": str(settings.STATE_FOLDER),
    }


def _describe_checkout() -> str:
    if not (settings.ROOT / ".git").exists():
        return settings.VERSION
    command = ["git", "-C", str(settings.ROOT), "describe", "--always", "--dirty"]
    try:
        answer = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603  # fixed
    except (OSError, subprocess.CalledProcessError):
        # No git here, or no commit yet.
        return settings.VERSION
    return answer.stdout.strip()
