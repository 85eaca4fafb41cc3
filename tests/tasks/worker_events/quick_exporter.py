"""The exporter with a short lease, so that no test waits for the length of the real one."""

import django

from tasks import exporter


def main() -> None:
    django.setup()
    from tasks.worker_events import lease  # noqa: PLC0415  # only once Django is set up

    lease.LEASE_SECONDS = 2
    exporter.main()


if __name__ == "__main__":
    main()
