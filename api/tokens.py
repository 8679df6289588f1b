"""Bearer tokens: ``tm_<public id>_<secret>``, of which only the id and a hash of the secret are kept.

The secret is 256 random bits, so nobody can guess it from its hash however fast the hash is; a deliberately
slow hash (argon2, bcrypt) protects passwords that people choose, and would only slow every request here.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from graph_model import queries
from graph_model.errors import ConfigurationError, NotFoundError
from graph_model.store import Store

DEFAULT_LIFETIME: Final = timedelta(days=90)
_TOKEN = re.compile(r"tm_([0-9a-f]{16})_([0-9a-f]{64})")
_LIFETIME = re.compile(r"([1-9]\d{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class AccessRole(StrEnum):
    """What the bearer of a token may do."""

    MEMBER = "member"
    FACILITATOR = "facilitator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. stakeholder: the reference of a member's organisation."""

    token_id: str
    role: AccessRole
    stakeholder: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token, without anything from which it could be used."""

    public_id: str
    role: AccessRole
    stakeholder: str | None
    purpose: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """valid, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


def parse_lifetime(text: str) -> timedelta:
    """``12h``, ``90d`` or ``2w``. Raises ConfigurationError for anything else."""
    found = _LIFETIME.fullmatch(text.strip())
    if found is None:
        raise ConfigurationError(
            f"--expires {text!r} is no lifetime; give a number of hours, days or weeks: 12h, 90d or 2w"
        )
    return int(found[1]) * _UNITS[found[2]]


def create_token(
    store: Store,
    role: AccessRole,
    stakeholder: str | None = None,
    lifetime: timedelta = DEFAULT_LIFETIME,
    purpose: str | None = None,
) -> str:
    """Make a token and return its text, which cannot be read again later.

    stakeholder: id of the organisation whose records a member may write.
    Raises ConfigurationError for a member without one, NotFoundError where it does not exist.
    """
    ref = _stakeholder_ref(store, role, stakeholder)
    public_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    now = datetime.now(UTC)
    properties = {
        "public_id": public_id,
        "secret_hash": _hash(public_id, secret),
        "role": role.value,
        "stakeholder": ref,
        "purpose": purpose,
        "created_at": now,
        "expires_at": now + lifetime,
    }
    store.update(queries.token_constraint())
    store.update(queries.create_token(properties))
    return f"tm_{public_id}_{secret}"


def authenticate(store: Store, text: str) -> Principal | None:
    """Who the bearer of this text is; None for a text that is no token, an expired or a revoked one."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    public_id, secret = found.groups()
    rows = store.run(queries.token_with_id(public_id))
    kept = rows[0]["token"] if rows else {}
    offered = _hash(public_id, secret)
    if not hmac.compare_digest(offered, kept.get("secret_hash", "")):
        return None
    return _principal(kept)


def principal_with_id(store: Store, public_id: str) -> Principal | None:
    """Who bears the token with this public id, as a signed session names it; None unless it is valid."""
    rows = store.run(queries.token_with_id(public_id))
    return _principal(rows[0]["token"]) if rows else None


def _principal(kept: dict[str, Any]) -> Principal | None:
    token = _token(kept)
    if token.state(datetime.now(UTC)) != "valid":
        return None
    return Principal(token.public_id, token.role, token.stakeholder)


def list_tokens(store: Store) -> list[Token]:
    """Every token that was made, oldest first."""
    return [_token(row["token"]) for row in store.run(queries.all_tokens())]


def revoke_token(store: Store, public_id: str) -> None:
    """Make a token useless at once. Raises NotFoundError where none has this id."""
    if not store.run(queries.token_with_id(public_id)):
        raise NotFoundError(f"no token has the id {public_id!r}; `trimatch token list` shows the ids")
    store.update(queries.revoke_tokens("public_id", public_id, datetime.now(UTC)))


def revoke_purpose(store: Store, purpose: str) -> None:
    """Revoke every token made for a purpose."""
    store.update(queries.revoke_tokens("purpose", purpose, datetime.now(UTC)))


def _stakeholder_ref(store: Store, role: AccessRole, stakeholder: str | None) -> str | None:
    if stakeholder is None:
        if role is AccessRole.MEMBER:
            raise ConfigurationError(
                "a member's token needs --stakeholder ID: the organisation that it writes for"
            )
        return None
    ref = f"stakeholder/{stakeholder.removeprefix('stakeholder/')}"
    if store.get(ref) is None:
        raise NotFoundError(f"no stakeholder has the id {stakeholder!r}; `trimatch search NAME` finds ids")
    return ref


def _hash(public_id: str, secret: str) -> str:
    return hashlib.sha256(f"trimatch token {public_id} {secret}".encode()).hexdigest()


def _token(kept: dict[str, Any]) -> Token:
    return Token(
        public_id=kept["public_id"],
        role=AccessRole(kept["role"]),
        stakeholder=kept.get("stakeholder"),
        purpose=kept.get("purpose"),
        created_at=kept["created_at"],
        expires_at=kept["expires_at"],
        revoked_at=kept.get("revoked_at"),
    )
