"""For whom a record is registered: a member's own organisation and country, or whom a facilitator finds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from api.editing import home_country
from api.pages.page import Page
from api.pages.reference import Reference
from api.permissions import may_see
from api.tokens import AccessRole, Principal
from graph_model import registration_queries
from graph_model.store import Store

MOST_FOUND: Final = 12
LONGEST_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class PartyChoice:
    """A party that can be ticked. country: name of the one it is based in. fixed: it cannot be taken away."""

    ref: str
    name: str
    language: str
    country: str = ""
    chosen: bool = False
    fixed: bool = False


def party_choices(
    page: Page,
    principal: Principal,
    store: Store,
    reference: Reference,
    ticked: Iterable[str],
    owners_before: Iterable[str] = (),
) -> list[PartyChoice]:
    """Those that can be ticked: of a member its own organisation and country, and whatever is ticked.

    owners_before: the parties of the record that is edited. A member cannot take others away from it, so that
    those are fixed.
    """
    own = own_parties(store, principal)
    kept = set(owners_before) - set(own) if principal.role is AccessRole.MEMBER else set()
    chosen = {*ticked, *kept}
    refs = list(dict.fromkeys([*own, *sorted(kept), *ticked]))
    known = store.get_many(refs)
    choices: list[PartyChoice] = []
    for ref in refs:
        name, language, country = ref, page.language.code, ""
        if ref in known and may_see(principal, known[ref].record):
            record = known[ref].record
            name, language = page.language.text(record.heading, record.original_language)
            based_in = getattr(record, "country", None)
            country = reference.name(based_in, page.language) if based_in else ""
        choices.append(PartyChoice(ref, name, language, country, ref in chosen, ref in kept))
    return choices


def own_parties(store: Store, principal: Principal) -> list[str]:
    """References of those for whom a member may write; none for others, who may write for everyone."""
    if principal.role is not AccessRole.MEMBER or principal.stakeholder is None:
        return []
    country = home_country(store, principal)
    return [principal.stakeholder, *([country] if country else [])]


def parties_found(
    page: Page, store: Store, reference: Reference, text: str, without: Iterable[str] = ()
) -> list[PartyChoice]:
    """Published countries and organisations with this text in a name, at most MOST_FOUND of them."""
    wanted = text.strip()[:LONGEST_QUERY]
    if not wanted:
        return []
    left_out = set(without)
    rows = store.run(registration_queries.parties_named(wanted, MOST_FOUND + len(left_out)))
    found: list[PartyChoice] = []
    for row in rows:
        if row["ref"] not in left_out:
            name, language = page.language.text(_texts(row["texts"]), row["original_language"])
            country = reference.name(row["country"], page.language) if row["country"] else ""
            found.append(PartyChoice(row["ref"], name, language, country))
    return found[:MOST_FOUND]


def _texts(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """By language. pairs: (``name_en``, text)."""
    return {key.rpartition("_")[2]: text for key, text in pairs}
