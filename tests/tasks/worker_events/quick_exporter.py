"""The exporter with a short lease, so that no test waits for the length of the real one."""

from tasks import exporter
from tasks.worker_events import lease

lease.LEASE_SECONDS = 2

if __name__ == "__main__":
    exporter.main()
