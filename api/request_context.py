"""The identity of the request that is being answered, for logs and problem documents."""

import secrets
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def new_request_id() -> str:
    """Begin a request; returns its id. Ids from outside are not taken: they could forge log lines."""
    value = secrets.token_hex(8)
    _current.set(value)
    return value


def request_id() -> str | None:
    """The id of the request that is being answered, None outside one."""
    return _current.get()
