import random
from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.counts import BUCKETS, Counts, bucket_of, seconds_of


@given(st.floats(min_value=0.001, max_value=500_000))
def test_it_tells_a_duration_within_ten_percent(seconds: float) -> None:
    assert seconds_of(bucket_of(seconds)) == pytest.approx(seconds, rel=0.1)


def test_it_has_a_bucket_for_every_duration() -> None:
    assert bucket_of(-1) == bucket_of(0) == 0
    assert bucket_of(10**9) == BUCKETS - 1


def test_it_tells_quantiles_within_ten_percent() -> None:
    spread = random.Random(1)  # noqa: S311  # the same in each run
    durations = sorted(spread.lognormvariate(-1, 1) for _ in range(10_000))
    counts = Counts(latency=Counter(bucket_of(each) for each in durations))

    for share in (0.5, 0.95, 0.99):
        exact = durations[int(share * len(durations)) - 1]
        assert counts.quantile_seconds(share) == pytest.approx(exact, rel=0.1)


def test_it_knows_no_quantile_of_nothing() -> None:
    assert Counts().quantile_seconds(0.5) is None


def test_it_adds_up_all_but_the_longest() -> None:
    slow = Counts(succeeded=1, longest_microseconds=9, latency=Counter({3: 1}))
    quick = Counts(succeeded=2, longest_microseconds=4, latency=Counter({3: 1, 4: 1}))

    assert Counts.sum_of([slow, quick]) == Counts(
        succeeded=3, longest_microseconds=9, latency=Counter({3: 2, 4: 1})
    )


def test_it_comes_back_from_json() -> None:
    counts = Counts(accepted=7, replayed_dead=1, latency=Counter({0: 2, 111: 1}))

    assert Counts.read(orjson.loads(orjson.dumps(counts.to_raw()))) == counts
    assert Counts().to_raw() == {}


def test_it_derives_what_is_open() -> None:
    counts = Counts(accepted=9, succeeded=4, dead=3, replayed_dead=1, replayed_succeeded=1)

    assert counts.open == 4
