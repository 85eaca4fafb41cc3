"""A process that takes all the tokens it can get for a while, and says how many it got and when."""

import json
import sys
import time

import django


def main(key_id: str, per_second: float, burst: int, *, seconds: float) -> None:
    django.setup()
    from events import services  # noqa: PLC0415  # only once Django is set up
    from events.token_bucket import RateLimit  # noqa: PLC0415  # as above

    limit = RateLimit(per_second=per_second, burst=burst)
    # Making the store's client takes its time, for which a limit's deadline is too short.
    services.take_tokens("evp_first", limit, 1)
    granted, started = 0, time.time()
    while time.time() < started + seconds:
        is_granted = services.take_tokens(key_id, limit, 1).is_granted
        granted += is_granted
        # Impatient, but not so much that it takes the others' CPU.
        time.sleep(0 if is_granted else 0.005)
    print(json.dumps({"granted": granted, "started": started, "ended": time.time()}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), seconds=float(sys.argv[4]))
