"""Who may read and write which record."""

from typing import Final

from api.tokens import AccessRole, Principal
from graph_model.errors import NotAllowedError
from graph_model.messages import N_
from graph_model.nodes import Need, Offer, Partnership, Practice, Stakeholder
from graph_model.record import Record, Status

OWNER_FIELDS: Final[dict[type[Record], str]] = {
    Need: "sought_by",
    Offer: "offered_by",
    Practice: "shared_by",
    Partnership: "parties",
}
WRITABLE_TYPES: Final[tuple[type[Record], ...]] = (Need, Offer, Practice, Partnership, Stakeholder)

TRANSITIONS: Final[dict[Status | None, frozenset[Status]]] = {
    None: frozenset({Status.DRAFT, Status.PUBLISHED}),
    Status.DRAFT: frozenset({Status.PUBLISHED, Status.WITHDRAWN}),
    Status.PUBLISHED: frozenset({Status.WITHDRAWN, Status.CLOSED}),
    Status.WITHDRAWN: frozenset({Status.DRAFT, Status.PUBLISHED}),
    Status.CLOSED: frozenset({Status.PUBLISHED, Status.WITHDRAWN}),
}
"""From a status (None: a new record) to those that may follow it; staying is always allowed."""

_CONFIRMED_FIELDS: Final = ("kind", "country")
"""What a member may not say of its own organisation: matching relies on it, so a facilitator confirms it."""


def owners(record: Record) -> frozenset[str]:
    """References of the parties that the record belongs to; a stakeholder belongs to itself."""
    field = OWNER_FIELDS.get(type(record))
    if field is None:
        return frozenset({record.ref})
    ends = getattr(record, field)
    return frozenset(end if isinstance(end, str) else end.party for end in ends)


def may_see(principal: Principal | None, record: Record) -> bool:
    """Published records are for everyone, the others for their owners, facilitators and administrators."""
    if record.status is Status.PUBLISHED:
        return True
    return principal is not None and _covers(principal, record)


def check_write(
    principal: Principal, before: Record | None, after: Record, home_country: str | None = None
) -> None:
    """Whether the principal may put ``after`` in the place of ``before`` (None: create it).

    home_country: reference of the country that a member's organisation is based in.
    Raises NotAllowedError, naming what is missing.
    """
    _check_transition(before, after)
    if principal.role is not AccessRole.MEMBER:
        return
    own = principal.stakeholder
    for record in (before, after):
        if record is not None and not _covers(principal, record):
            raise _not_named(str(own), record)
    if isinstance(after, Stakeholder):
        _check_own_organisation(before, after)
    else:
        _check_other_parties(before, after, allowed={str(own), str(home_country)})


def check_delete(principal: Principal, record: Record) -> None:
    """Whether the principal may delete the record. Raises NotAllowedError."""
    if principal.role is not AccessRole.MEMBER:
        return
    if isinstance(record, Stakeholder):
        raise NotAllowedError("a member cannot delete its organisation; ask a facilitator, or withdraw it")
    if not _covers(principal, record):
        raise NotAllowedError(
            f"this token writes for {principal.stakeholder}, which {record.ref} does not name"
        )
    others = {ref for ref in owners(record) if ref.startswith("stakeholder/")} - {principal.stakeholder}
    if others:
        raise NotAllowedError(f"{record.ref} belongs to {', '.join(sorted(others))} too; ask a facilitator")


def _covers(principal: Principal, record: Record) -> bool:
    return principal.role is not AccessRole.MEMBER or principal.stakeholder in owners(record)


def _not_named(own: str, record: Record) -> NotAllowedError:
    field = OWNER_FIELDS.get(type(record))
    if field is None:
        template = N_("this token writes for {own}, and {ref} does not name it as itself")
        return NotAllowedError(template, own=own, ref=record.ref)
    template = N_("this token writes for {own}, and {ref} does not name it in {field}")
    return NotAllowedError(template, own=own, ref=record.ref, field=field)


def _check_transition(before: Record | None, after: Record) -> None:
    old = before.status if before else None
    if after.status is not old and after.status not in TRANSITIONS[old]:
        allowed = ", ".join(sorted(TRANSITIONS[old]))
        raise NotAllowedError(
            N_("status: a {old} record cannot become {new}; it may become: {allowed}"),
            old=old or "new",
            new=after.status,
            allowed=allowed,
        )


def _check_own_organisation(before: Record | None, after: Record) -> None:
    changed = [name for name in _CONFIRMED_FIELDS if before and getattr(before, name) != getattr(after, name)]
    if before is None or changed:
        what = ", ".join(changed) or "a new organisation"
        raise NotAllowedError(f"a member cannot set {what}; ask a facilitator to confirm it")


def _check_other_parties(before: Record | None, after: Record, allowed: set[str]) -> None:
    """A member neither drops other parties nor speaks for others; a partnership may name new ones."""
    kept = owners(before) if before else frozenset()
    dropped = kept - owners(after) - allowed
    if dropped:
        raise NotAllowedError(
            N_("{ref}: a member cannot drop {parties}; ask a facilitator"),
            ref=after.ref,
            parties=", ".join(sorted(dropped)),
        )
    added = owners(after) - kept - allowed
    if added and not isinstance(after, Partnership):
        raise NotAllowedError(
            N_(
                "{field}: a member cannot speak for {parties}; "
                "name your own organisation and its country only"
            ),
            field=OWNER_FIELDS[type(after)],
            parties=", ".join(sorted(added)),
        )
