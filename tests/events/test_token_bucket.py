from hypothesis import given
from hypothesis import strategies as st

from events.token_bucket import RateLimit, spend, tokens_in

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
LIMIT = RateLimit(per_second=10, burst=20)

limits = st.builds(RateLimit, per_second=st.floats(0.01, 5_000), burst=st.integers(1, 5_000))
# A wait in microseconds, how many are needed, how many would be welcome beyond.
wishes = st.tuples(st.integers(0, 10 * SECOND), st.integers(1, 40), st.integers(0, 1_000))


def test_it_begins_full() -> None:
    assert tokens_in(0, NOW, LIMIT) == 20


def test_it_grants_what_it_has() -> None:
    spent = spend(0, NOW, LIMIT, need=5)

    assert (spent.granted, tokens_in(spent.filling_since, NOW, LIMIT)) == (5, 15)


def test_it_refuses_more_than_it_has_and_tells_how_long() -> None:
    spent = spend(NOW, NOW, LIMIT, need=5)

    assert (spent.granted, spent.wait_seconds) == (0, 0.5)


def test_it_grants_after_the_time_that_it_told() -> None:
    refused = spend(NOW, NOW, LIMIT, need=5)

    later = NOW + int(refused.wait_seconds * SECOND)
    assert spend(refused.filling_since, later, LIMIT, need=5).granted == 5


def test_it_fills_up_to_the_burst_and_no_further() -> None:
    assert tokens_in(NOW, NOW + 3_600 * SECOND, LIMIT) == 20


def test_it_gives_some_more_to_have_in_hand() -> None:
    big = RateLimit(per_second=100, burst=800)

    # An eighth of what is there.
    assert spend(0, NOW, big, need=1, spare=1_000).granted == 1 + 100


def test_it_gives_no_more_than_is_there() -> None:
    assert spend(NOW - SECOND, NOW, LIMIT, need=10, spare=10).granted == 10


def test_it_grants_more_than_a_burst_only_when_it_is_full() -> None:
    almost = spend(0, NOW, LIMIT, need=1).filling_since

    assert spend(almost, NOW, LIMIT, need=100).granted == 0
    assert spend(0, NOW, LIMIT, need=100).granted == 100


def test_it_makes_wait_for_more_than_a_burst_to_be_paid_off() -> None:
    spent = spend(0, NOW, LIMIT, need=100)

    assert spend(spent.filling_since, NOW, LIMIT, need=1).wait_seconds == 8.1


@given(limits, st.lists(wishes, max_size=40))
def test_it_never_grants_more_than_the_limit(
    limit: RateLimit, steps: list[tuple[int, int, int]]
) -> None:
    now, filling_since, granted, largest = NOW, 0, 0, 0
    for wait, need, spare in steps:
        now += wait
        spent = spend(filling_since, now, limit, need=need, spare=spare)
        filling_since = spent.filling_since
        granted += spent.granted
        largest = max(largest, need)

    allowed = limit.burst + limit.per_second * (now - NOW) / SECOND
    assert granted <= allowed + max(0, largest - limit.burst) + 0.001 * len(steps)
