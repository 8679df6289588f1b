"""Who may do what to which record."""

from typing import Any

import pytest

from api.permissions import check_delete, check_write, may_see
from api.tokens import AccessRole, Principal
from graph_model.errors import NotAllowedError
from graph_model.nodes import Need, Partnership, Stakeholder
from graph_model.record import Status

MEMBER = Principal("a", AccessRole.MEMBER, "stakeholder/kipi")
FACILITATOR = Principal("b", AccessRole.FACILITATOR)
HOME = "country/KEN"


def need(*sought_by: str, status: str = "draft") -> Need:
    return Need(
        id="n", title={"en": "Seeds"}, source="test", sought_by=list(sought_by), status=Status(status)
    )


def partnership(*parties: str) -> Partnership:
    return Partnership.model_validate(
        {
            "id": "p",
            "title": {"en": "Seeds"},
            "source": "test",
            "status": "draft",
            "parties": [{"party": ref, "role": "beneficiary"} for ref in parties],
        }
    )


def office(**changes: Any) -> Stakeholder:
    fields = {"id": "kipi", "name": {"en": "Office"}, "source": "test", "kind": "ip-office", "country": HOME}
    return Stakeholder.model_validate(fields | changes)


def test_a_member_writes_for_its_own_organisation_and_country() -> None:
    check_write(MEMBER, None, need("stakeholder/kipi", HOME), HOME)
    check_write(MEMBER, need("stakeholder/kipi"), need("stakeholder/kipi", status="published"), HOME)
    check_write(MEMBER, None, partnership("stakeholder/kipi", "country/BRA"), HOME)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, need("stakeholder/other")),
        (None, need(HOME)),
        (None, need("stakeholder/kipi", "stakeholder/other")),
        (None, need("stakeholder/kipi", "country/BRA")),
        (need("stakeholder/other"), need("stakeholder/kipi")),
        (need("stakeholder/kipi"), need("stakeholder/other")),
        (need("stakeholder/kipi", "stakeholder/other"), need("stakeholder/kipi")),
        (partnership("stakeholder/kipi", "stakeholder/other"), partnership("stakeholder/kipi")),
        (None, office()),
        (office(), office(kind="multilateral")),
        (office(), office(country="country/BRA")),
        (None, office(id="another")),
    ],
)
def test_a_member_neither_claims_nor_moves_nor_speaks_for_others(before: Any, after: Any) -> None:
    with pytest.raises(NotAllowedError):
        check_write(MEMBER, before, after, HOME)


def test_a_facilitator_writes_for_everyone() -> None:
    check_write(FACILITATOR, need("stakeholder/kipi"), need("stakeholder/other"))
    check_write(FACILITATOR, office(), office(kind="multilateral"))


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("draft", "published", True),
        ("published", "closed", True),
        ("published", "withdrawn", True),
        ("withdrawn", "published", True),
        ("published", "draft", False),
        ("draft", "closed", False),
    ],
)
def test_statuses_follow_each_other_in_sensible_ways(before: str, after: str, allowed: bool) -> None:
    old, new = need(HOME, status=before), need(HOME, status=after)
    if allowed:
        check_write(FACILITATOR, old, new)
    else:
        with pytest.raises(NotAllowedError, match="may become"):
            check_write(FACILITATOR, old, new)


def test_only_published_records_are_seen_by_others() -> None:
    other = Principal("c", AccessRole.MEMBER, "stakeholder/other")
    for status in Status:
        record = need("stakeholder/kipi", status=status)
        public = status is Status.PUBLISHED
        assert may_see(None, record) is public
        assert may_see(other, record) is public
        assert may_see(MEMBER, record)
        assert may_see(FACILITATOR, record)


def test_a_member_deletes_its_own_records_but_neither_shared_ones_nor_itself() -> None:
    check_delete(MEMBER, need("stakeholder/kipi"))
    for record in (need("stakeholder/other"), need("stakeholder/kipi", "stakeholder/other"), office()):
        with pytest.raises(NotAllowedError):
            check_delete(MEMBER, record)
    check_delete(FACILITATOR, office())
