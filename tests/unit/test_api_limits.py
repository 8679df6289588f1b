"""Under which address a client is counted."""

import ipaddress
from typing import Any

import pytest

from api.middleware import RateLimit, client_address
from api.tokens import parse_lifetime
from graph_model.errors import ConfigurationError
from graph_model.settings import Settings

PROXIES: list[Any] = [ipaddress.ip_network("10.0.0.0/8")]


def scope(peer: str, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": (peer, 1), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.9",), "192.0.2.1"),
        ("10.0.0.1", ("198.51.100.9",), "198.51.100.9"),
        ("10.0.0.1", ("203.0.113.5, 198.51.100.9",), "198.51.100.9"),
        ("10.0.0.1", ("203.0.113.5", "198.51.100.9, 10.0.0.2"), "198.51.100.9"),
        ("10.0.0.1", ("10.0.0.7",), "10.0.0.7"),
        ("10.0.0.1", ("nonsense",), "nonsense"),
        ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", (), "192.0.2.1"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(
    peer: str, forwarded: tuple[str, ...], counted: str
) -> None:
    assert client_address(scope(peer, *forwarded), PROXIES) == counted


@pytest.mark.parametrize(
    "settings",
    [{"rate_limit": "many"}, {"write_rate_limit": "60"}, {"trusted_proxies": ("proxy.example",)}],
)
def test_a_limit_that_cannot_be_understood_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"TRIMATCH_{next(iter(settings)).upper()}"):
        RateLimit(lambda *_: None, Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("90d", 2160), ("2w", 336)])
def test_lifetimes_are_hours_days_or_weeks(text: str, hours: int) -> None:
    assert parse_lifetime(text).total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["", "0d", "-1d", "90", "1y", "999999d", "1d2h"])
def test_any_other_lifetime_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="12h, 90d or 2w"):
        parse_lifetime(text)
