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
        self.port = free_port()
        self._password = secrets.token_hex(16)
        # The account it runs under cannot read the tests' own folders.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        shutil.chown(self._folder, "postgres")
        password = self._folder / "password"
        password.write_text(self._password)
        password.chmod(0o644)
        options = ("--username=platform", "-A", "scram-sha-256", f"--pwfile={password}")
        self._as_postgres("initdb", *options, "-D", self._data)
        rules = Path(self._data) / "pg_hba.conf"
        rules.write_text(
            rules.read_text() + "hostssl platform platform 10.99.0.0/16 scram-sha-256\n"
        )
        self._make_certificate()
        told = (
            f"-c listen_addresses=* -c port={self.port} -c ssl=on"
            f" -c unix_socket_directories={self._folder}"
        )
        log = self._folder / "log"
        self._as_postgres("pg_ctl", "-D", self._data, "-w", "-l", str(log), "-o", told, "start")
        self._as_postgres(
            "psql",
            f"postgresql://platform:{self._password}@127.0.0.1:{self.port}/postgres",
            "-c",
            "CREATE DATABASE platform",
        )

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def secret(self) -> dict[str, str]:
        """Return what RDS keeps in Secrets Manager."""
        return {"username": "platform", "password": self._password}

    def stop(self) -> None:
        self._as_postgres("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def _make_certificate(self) -> None:
        # The names are those that PostgreSQL looks for.
        key, certificate = f"{self._data}/server.key", f"{self._data}/server.crt"
        made = ("-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate)
        run("openssl", "req", "-x509", *made, "-subj", "/CN=database", "-days", "1")
        for file in (key, certificate):
            shutil.chown(file, "postgres")

    def _as_postgres(self, program: str, *arguments: str) -> None:
        run("runuser", "-u", "postgres", "--", str(self._programs / program), *arguments)
