"""Structured logs and Prometheus metrics."""

import logging
import logging.config
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.request_context import request_id
from graph_model.errors import TrimatchError
from graph_model.settings import Settings

_QUIET_LOGGERS: Final = ("neo4j", "httpx", "httpcore", "uvicorn")
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COUNTS_LAST_SECONDS: Final = 15.0

disable_created_metrics()  # type: ignore[no-untyped-call]


def configure_logging(settings: Settings, least: str = "DEBUG") -> None:
    """Send every log line of the process to stderr, as JSON or for a person to read.

    least: lines below this level are left out whatever the settings say.
    Lines carry the request's id and never a query text, a body or a token.
    """
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _add_request_id,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelName(settings.log_level), logging.getLevelName(least)))
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_request_id(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    identity = request_id()
    if identity is not None:
        event["request"] = identity
    return event


class Metrics:
    """The metrics of one application; each has its own registry, so that two in a process never meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "trimatch_http_requests_total",
            "Requests by route and answer.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "trimatch_http_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests.labels(method, route, str(status)).inc()
        self.duration.labels(method, route).observe(seconds)


class StoreMetrics(Collector):
    """Gauges that are read from the stores when Prometheus asks, at most once in 15 seconds.

    record_counts: rows {type, status, records}. index_lag: changes in Neo4j that the index lacks.
    """

    def __init__(
        self, record_counts: Callable[[], Iterable[dict[str, Any]]], index_lag: Callable[[], int]
    ) -> None:
        self._record_counts = record_counts
        self._index_lag = index_lag
        self._read_at = float("-inf")
        self._metrics: list[Metric] = []

    def describe(self) -> list[Metric]:
        """Nothing: asking the stores at registration would fail where they are not up yet."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The gauges; trimatch_store_up is 0 and the others are left out while Neo4j cannot be reached."""
        if time.monotonic() - self._read_at > _COUNTS_LAST_SECONDS:
            self._metrics = self._read()
            self._read_at = time.monotonic()
        return self._metrics

    def _read(self) -> list[Metric]:
        up = GaugeMetricFamily("trimatch_store_up", "Whether Neo4j answers.")
        records = GaugeMetricFamily("trimatch_records", "Records in the graph.", labels=["type", "status"])
        lag = GaugeMetricFamily("trimatch_index_lag_changes", "Changes that the vector index lacks.")
        try:
            for row in self._record_counts():
                records.add_metric([str(row["type"]), str(row["status"])], row["records"])
            lag.add_metric([], self._index_lag())
        except TrimatchError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, records, lag]
