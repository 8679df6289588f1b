"""What happens to every request around its route: identity, log line, limits, safe headers."""

import ipaddress
import logging
import time
from typing import Final

import limits
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.observability import Metrics
from api.problems import HttpError, from_exception
from api.request_context import new_request_id
from graph_model.errors import ConfigurationError
from graph_model.messages import N_
from graph_model.settings import Settings

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
READING_PATHS: Final = frozenset({"/sparql"})
"""Where a POST asks a question and writes nothing."""
UNLIMITED_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

logger = logging.getLogger("trimatch.requests")


class RequestScope:
    """Outermost: gives a request its id, counts and logs it, and lets no exception leave unanswered."""

    def __init__(self, app: ASGIApp, metrics: Metrics, base: str) -> None:
        self.app = app
        self.metrics = metrics
        self.base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identity = new_request_id()
        begun = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = identity
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if status:
                raise
            await from_exception(self.base, error)(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path_format", "(none)")
            self.metrics.observe(scope["method"], route, status, seconds)
            facts = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
            logger.info("request", extra=facts)


class BodyLimit:
    """Refuses bodies above a size, by their announced length or, where none is announced, as they arrive."""

    def __init__(self, app: ASGIApp, most: int, base: str) -> None:
        self.app = app
        self.most = most
        self.base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self.most:
            await from_exception(self.base, self._too_large())(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.most:
                raise self._too_large()
            return message

        await self.app(scope, receive_counted, send)

    def _too_large(self) -> HttpError:
        return HttpError(
            413,
            N_("the body is larger than {most} bytes (TRIMATCH_MAX_BODY_BYTES); send less"),
            {"Connection": "close"},
            most=str(self.most),
        )


class RateLimit:
    """Refuses a client that sends more than the settings let it, counted in a sliding window in memory."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.base = settings.public_base
        self.proxies = _networks(settings.trusted_proxies)
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.all_requests = _parsed("TRIMATCH_RATE_LIMIT", settings.rate_limit)
        self.writes = _parsed("TRIMATCH_WRITE_RATE_LIMIT", settings.write_rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in UNLIMITED_PATHS:
            client = client_address(scope, self.proxies)
            for kind, limit in self._limits(scope["method"], scope["path"]):
                if not self.limiter.hit(limit, kind, client):
                    reset = self.limiter.get_window_stats(limit, kind, client).reset_time
                    seconds = max(1, round(reset - time.time()))
                    problem = HttpError(
                        429,
                        N_("more than {limit} from one client; try again in {seconds} s"),
                        {"Retry-After": str(seconds)},
                        limit=limit,
                        seconds=seconds,
                    )
                    await from_exception(self.base, problem)(scope, receive, send)
                    return
        await self.app(scope, receive, send)

    def _limits(self, method: str, path: str) -> list[tuple[str, limits.RateLimitItem]]:
        found = [("all", self.all_requests)]
        reads = method in SAFE_METHODS or path in READING_PATHS
        return found if reads else [*found, ("writes", self.writes)]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(scope: Scope, proxies: list[Network]) -> str:
    """The address that a request is counted under: the nearest one that is no trusted proxy.

    X-Forwarded-For is read from its right end, where the trusted proxies wrote; what a client put there
    itself stands further left. An IPv6 client is its /64 network, of which it commands every address.
    """
    peer = scope["client"][0] if scope.get("client") else "unknown"
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    for hop in [*(part.strip() for part in reversed(forwarded.split(",")) if part.strip())]:
        if not _is_trusted(peer, proxies):
            break
        peer = hop
    return _counted(peer)


def _counted(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text[:64]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _is_trusted(text: str, proxies: list[Network]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in proxies)


def _networks(texts: tuple[str, ...]) -> list[Network]:
    try:
        return [ipaddress.ip_network(text, strict=False) for text in texts]
    except ValueError as problem:
        raise ConfigurationError(
            f"TRIMATCH_TRUSTED_PROXIES: {problem}; give addresses or networks such as 10.0.0.0/8"
        ) from problem


def _parsed(name: str, text: str) -> limits.RateLimitItem:
    try:
        return limits.parse(text)
    except ValueError as problem:
        raise ConfigurationError(f"{name}={text!r} is no rate; write it as 600/minute") from problem
