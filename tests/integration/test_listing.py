import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.processes import LIMIT_SECONDS
from tests.stack import Stack


def post_all(stack: Stack, source: str, count: int) -> list[str]:
    with ThreadPoolExecutor(8) as clients:
        posted = [
            clients.submit(stack.post, "demo.echo", {"i": i}, source=source) for i in range(count)
        ]
        return [each.result() for each in posted]


def walk(stack: Stack, **asked: str) -> Iterator[list[str]]:
    """Read a list page by page and yield the ids of each."""
    cursor: dict[str, str] = {}
    while True:
        page = stack.read("/events?" + urlencode({**asked, **cursor}))
        yield [each["event_id"] for each in page["events"]]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def test_it_lists_all_that_was_there_while_more_comes_in(stack: Stack) -> None:
    source = uuid.uuid4().hex
    earlier = post_all(stack, source, 60)
    pages = walk(stack, event_type="demo.echo", source=source, limit="7")
    shown = next(pages)
    with ThreadPoolExecutor(1) as writer:
        later = writer.submit(post_all, stack, source, 60)
        for page in pages:
            shown += page
        later.result()

    assert len(shown) == len(set(shown))
    assert set(earlier) <= set(shown)


def test_it_finds_an_event_in_each_state_it_passes(stack: Stack) -> None:
    source = uuid.uuid4().hex
    event_id = stack.post("demo.fail", source=source)
    (dead,) = stack.wait_until_terminal([event_id])

    assert dead["status"] == "dead"
    assert list(walk(stack, status="dead", source=source)) == [[event_id]]
    assert list(walk(stack, status="pending", source=source)) == [[]]


def test_it_sends_an_event_once_to_who_has_it(stack: Stack) -> None:
    (event,) = stack.wait_until_terminal([stack.post("demo.echo")])
    connection = HTTPConnection(urlsplit(stack.url).netloc, timeout=LIMIT_SECONDS)
    connection.request("GET", f"/events/{event['event_id']}")
    first = connection.getresponse()
    first.read()
    # The same connection: a 304 must not leave it waiting for a body.
    for method in ("GET", "HEAD"):
        headers = {"If-None-Match": first.headers["ETag"]}
        connection.request(method, f"/events/{event['event_id']}", headers=headers)
        again = connection.getresponse()
        assert (again.status, again.read()) == (304, b"")
    connection.close()
