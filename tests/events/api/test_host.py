from ipaddress import ip_network

import pytest
from pytest_django import Settings

from events.api.host import find_client_address, is_asked_from_inside


@pytest.fixture(autouse=True)
def networks(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/16"), ip_network("2001:db8::/32")]
    settings.INSIDE_NETWORKS = [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("8.8.8.8", None, "8.8.8.8"),
        # Nobody's word is taken but the proxies'.
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),
        ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("2001:db8::1", "2a00::1", "2a00::1"),
        # What the client itself claims stands before what a proxy saw.
        ("10.0.0.1", "127.0.0.1, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, ", "10.0.0.1"),
        ("", "1.1.1.1", ""),
    ],
)
def test_it_finds_the_client_behind_trusted_proxies(
    peer: str, forwarded: str | None, client: str
) -> None:
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded

    assert find_client_address(environ) == client


@pytest.mark.parametrize(
    ("peer", "is_inside"),
    [
        ("10.9.9.9", True),
        ("::ffff:10.9.9.9", True),
        ("127.0.0.1", False),
        ("11.0.0.1", False),
        ("10.9.9.9.9", False),
    ],
)
def test_it_knows_which_networks_are_inside(*, peer: str, is_inside: bool) -> None:
    assert is_asked_from_inside({"REMOTE_ADDR": peer}) is is_inside
