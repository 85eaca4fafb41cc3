"""Events as clients have them: types by how often they come, and mostly small payloads."""

import random
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """``weight`` of a hundred events are of the type."""

    event_type: str
    weight: int


# The demo's are there where DEMO_HANDLERS is on; types without a handler are recorded and succeed.
KINDS = (
    Kind("demo.echo", 50),
    Kind("page.viewed", 30),
    Kind("order.placed", 15),
    Kind("invoice.sent", 5),
)
# The one of the demo's that is meant to die; operators replay it.
DYING = "demo.fail"
# Bytes of text: eight of ten are small, and a few are kept apart from their event.
_SIZES = ((80, 200, 900), (17, 1_000, 3_500), (3, 4_200, 32_000))
_WORDS = ("alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "yew")


def make_event(source: str, chance: random.Random | None = None) -> dict[str, Any]:
    """Make an event such as ``POST /events`` takes; ``source`` tells whose run it is of."""
    pick = chance or _CHANCE
    kind = pick.choices(KINDS, [each.weight for each in KINDS])[0]
    payload = {
        "order": pick.randrange(1, 1_000_000),
        "customer": f"customer-{pick.randrange(10_000)}",
        "total": round(pick.uniform(1, 500), 2),
        "note": _text(pick),
    }
    return {"event_type": kind.event_type, "source": source, "payload": payload}


def _text(pick: random.Random) -> str:
    (_, least, most) = pick.choices(_SIZES, [weight for weight, _, _ in _SIZES])[0]
    length = pick.randint(least, most)
    line = " ".join(pick.choices(_WORDS, k=20))
    return (line * (length // len(line) + 1))[:length]


_CHANCE = random.Random()  # noqa: S311  # nothing is to be kept secret
