"""The platform's own metrics, each named once; labels hold codes and words, never ids."""

from prometheus_client import Counter

EVENTS_ACCEPTED = Counter(
    "events_accepted",
    "Events that the API accepted; a repeat carried an idempotency key that had come before.",
    ["kind"],
)
API_PROBLEMS = Counter(
    "events_api_problems",
    "API answers that were problem documents, by their stable code.",
    ["code"],
)
