"""Signatures against those of botocore's own signer."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from events.direct_client import signature
from events.direct_client.client import _host_of
from events.direct_client.signature import Request, sign

URLS = st.sampled_from(
    [
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://sqs.us-east-1.amazonaws.com:443/",
        "http://127.0.0.1:8001",
        "http://localhost:80",
        "http://[::1]:4566",
    ]
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants them so
WORDS = st.text("abcXYZ019/+=-._", min_size=1, max_size=40)
KEYS = st.builds(ReadOnlyCredentials, WORDS, WORDS, st.none() | WORDS)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Request]:
    url = draw(URLS)
    path, host = urlsplit(url).path or "/", _host_of(url)
    # Around where it is hashed in pieces, and in one again.
    whole = st.sampled_from([2 * 2_047, 65_536, 65_537]).map(lambda size: b"x" * size)
    body = draw(st.binary(max_size=5_000) | whole)
    return url, Request(path, host, "application/x-amz-json-1.0", draw(WORDS), body)


@given(sent=requests(), moment=MOMENTS, keys=KEYS)
def test_it_signs_as_botocore_does(
    sent: tuple[str, Request], moment: datetime, keys: ReadOnlyCredentials
) -> None:
    url, request = sent
    with pytest.MonkeyPatch.context() as patch:
        # The module's own: other threads look at the clock as ever.
        still = SimpleNamespace(gmtime=moment.timetuple, strftime=time.strftime)
        patch.setattr(signature, "time", still)
        patch.setattr(auth, "get_current_datetime", lambda: moment)
        ours = sign(request, keys, region="eu-west-1", service="sqs")
        theirs = _sign_stock(url, request, keys)

    assert dict(line.split(": ", 1) for line in ours.splitlines()) == theirs


def _sign_stock(url: str, request: Request, keys: ReadOnlyCredentials) -> dict[str, str]:
    headers = {"Content-Type": request.content_type, "X-Amz-Target": request.target}
    stock = AWSRequest(method="POST", url=url, headers=headers, data=request.body)
    auth.SigV4Auth(keys, "sqs", "eu-west-1").add_auth(stock)
    return {name: value for name, value in stock.headers.items() if name not in headers}
