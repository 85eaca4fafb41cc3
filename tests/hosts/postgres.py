"""A PostgreSQL of Debian's package, for as long as the tests run, in RDS's place."""

import secrets
import shutil
import tempfile
from pathlib import Path

from tests.hosts.machines import run
from tests.processes import free_port


class Postgres:
    """A server that the hosts' networks reach; what it holds is gone with ``stop``."""

    def __init__(self) -> None:
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self._port = free_port()
        self._password = secrets.token_hex(16)
        # The account it runs under cannot read the tests' own folders.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        shutil.chown(self._folder, "postgres")
        password = self._folder / "password"
        password.write_text(self._password)
        password.chmod(0o644)
        self._as_postgres("initdb", "-A", "scram-sha-256", f"--pwfile={password}", "-D", self._data)
        rules = Path(self._data) / "pg_hba.conf"
        rules.write_text(rules.read_text() + "host platform postgres 10.99.0.0/16 scram-sha-256\n")
        options = (
            f"-c listen_addresses=* -c port={self._port} -c unix_socket_directories={self._folder}"
        )
        log = self._folder / "log"
        self._as_postgres("pg_ctl", "-D", self._data, "-w", "-l", str(log), "-o", options, "start")
        self._as_postgres(
            "psql",
            self.url("127.0.0.1").replace("/platform", "/postgres"),
            "-c",
            "CREATE DATABASE platform",
        )

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def url(self, host: str) -> str:
        return f"postgresql://postgres:{self._password}@{host}:{self._port}/platform"

    def stop(self) -> None:
        self._as_postgres("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def _as_postgres(self, program: str, *arguments: str) -> None:
        run("runuser", "-u", "postgres", "--", str(self._programs / program), *arguments)
