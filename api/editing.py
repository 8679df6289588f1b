"""Creating, replacing and deleting single records for a principal."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from api.permissions import check_delete, check_write, may_see
from api.problems import HttpError, InvalidBodyError
from api.tokens import Principal
from graph_model.errors import ConflictError, GoneError, NotFoundError
from graph_model.messages import N_
from graph_model.nodes import Stakeholder
from graph_model.record import Record, Status
from graph_model.store import Store, StoredRecord
from graph_model.text import in_language
from ingest.cleaning import one_line, plain_text

_SLUG_LENGTH: Final = 60
_STALE: Final = N_("{ref} has changed since it was read; read it again and repeat the change")


def visible(store: Store, principal: Principal | None, ref: str) -> StoredRecord:
    """The record, where the principal may see it.

    Raises GoneError where it was published once and is not any more, NotFoundError for every other one:
    the answer does not tell a record that is hidden from one that never was.
    """
    stored = store.get(ref)
    if stored is not None and may_see(principal, stored.record):
        return stored
    if stored.ever_published if stored is not None else store.was_published(ref):
        raise GoneError(N_("{ref} was published once and has been withdrawn, closed or deleted"), ref=ref)
    raise NotFoundError(N_("nothing published has the address {ref}; search finds what there is"), ref=ref)


def create(store: Store, principal: Principal, kind: type[Record], body: Mapping[str, Any]) -> StoredRecord:
    """Create a record from a body in which id, source and status may be left out."""
    record = prepared(store, principal, kind, body)
    store.write([record], expected={record.ref: None})
    return _written(store, record.ref)


def replace(
    store: Store,
    principal: Principal,
    kind: type[Record],
    id_: str,
    body: Mapping[str, Any],
    if_match: str | None,
) -> StoredRecord:
    """Replace a record that has not changed since the caller read it."""
    ref = f"{kind.type_name}/{id_}"
    before = visible(store, principal, ref)
    expected = _matched(before, if_match)
    if body.get("id", id_) != id_:
        raise ConflictError(
            f"the body's id {str(body['id'])[:128]!r} is not the address's {id_!r}; leave it out"
        )
    record = prepared(store, principal, kind, body, before.record)
    try:
        store.write([record], expected={ref: expected})
    except ConflictError as problem:
        raise HttpError(412, str(problem)) from problem
    return _written(store, ref)


def prepared(
    store: Store,
    principal: Principal,
    kind: type[Record],
    body: Mapping[str, Any],
    before: Record | None = None,
) -> Record:
    """The record that create or, with the one to replace, replace would write; nothing is written.

    Raises InvalidBodyError, NotAllowedError.
    """
    known = {} if before is None else {"id": before.id, "status": before.status}
    record = _parsed(kind, known | dict(body), principal)
    check_write(principal, before, record, home_country(store, principal))
    return record


def delete(store: Store, principal: Principal, kind: type[Record], id_: str, if_match: str | None) -> None:
    """Delete a record that has not changed since the caller read it and that no other record names."""
    ref = f"{kind.type_name}/{id_}"
    before = visible(store, principal, ref)
    expected = _matched(before, if_match)
    check_delete(principal, before.record)
    try:
        store.delete([ref], expected={ref: expected})
    except ConflictError as problem:
        now = store.get(ref)
        if now is None or now.content_hash != expected:
            raise HttpError(412, _STALE, ref=ref) from problem
        raise


def etag(stored: StoredRecord) -> str:
    """The entity tag of a record: its content hash."""
    return f'"{stored.content_hash}"'


def _matched(stored: StoredRecord, if_match: str | None) -> str:
    """The content hash that the store must still hold when the write comes to it."""
    if if_match is None:
        raise HttpError(428, "give If-Match with the ETag of the record as you read it")
    wanted = [tag.strip() for tag in if_match.split(",")]
    if "*" not in wanted and etag(stored) not in wanted:
        raise HttpError(412, _STALE, ref=stored.record.ref)
    return stored.content_hash


def _parsed(kind: type[Record], body: Mapping[str, Any], principal: Principal) -> Record:
    defaults = {
        "id": _minted_id(kind, body),
        "status": Status.DRAFT,
        "source": principal.stakeholder or f"trimatch {principal.role}",
    }
    try:
        return kind.model_validate(defaults | _cleaned_body(kind, body))
    except ValidationError as error:
        raise InvalidBodyError(error, kind) from error


def _cleaned_body(kind: type[Record], body: Mapping[str, Any]) -> dict[str, Any]:
    """Every text of a body freed of HTML and control characters, as ingest does; headings on one line."""
    return {
        key: _cleaned(value, one_line if key == kind.heading_field else plain_text)
        for key, value in body.items()
    }


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _cleaned(item, clean) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, clean) for item in value]
    return value


def _minted_id(kind: type[Record], body: Mapping[str, Any]) -> str:
    """A readable id from the heading, with random characters that keep it from meeting another's."""
    heading = body.get(kind.heading_field)
    texts = (
        {key: text for key, text in heading.items() if isinstance(text, str)}
        if isinstance(heading, dict)
        else {}
    )
    title = in_language(texts, "en")[0] if texts else ""
    ascii_text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:_SLUG_LENGTH].rstrip("-")
    return f"{slug or kind.type_name}-{secrets.token_hex(4)}"


def home_country(store: Store, principal: Principal) -> str | None:
    """Reference of the country that a member's organisation is based in."""
    stored = store.get(principal.stakeholder) if principal.stakeholder else None
    return stored.record.country if stored and isinstance(stored.record, Stakeholder) else None


def _written(store: Store, ref: str) -> StoredRecord:
    stored = store.get(ref)
    if stored is None:
        raise ConflictError(N_("{ref} was deleted by another request right after this write"), ref=ref)
    return stored
