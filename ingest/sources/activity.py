"""An IATI activity, whichever form it came in, and the partnership that it describes.

Organisation roles (IATI codelist OrganisationRole): funding and extending parties facilitate, accountable and
implementing ones implement; recipient countries are beneficiaries. IATI knows no pivotal role.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import Partnership, StakeholderKind
from graph_model.relationships import Role
from ingest.iati_organisations import country_of_reference, party_of_reference
from ingest.knowledge import Knowledge
from ingest.organisations import Origin, slug_of
from ingest.parties import Parties
from ingest.sources.rows import Converted
from ingest.subjects import clusters_of_sectors, goals_of

SOURCE_TEXT: Final = "IATI Datastore"

LONGEST_ID: Final = 90
MOST_LINKS: Final = 20
LONGEST_TITLE: Final = 500
LONGEST_DESCRIPTION: Final = 20_000
_ROLES: Final = {
    "1": Role.FACILITATING,
    "2": Role.IMPLEMENTING,
    "3": Role.FACILITATING,
    "4": Role.IMPLEMENTING,
}
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DAC_VOCABULARIES: Final = frozenset({"1", "2"})
_SDG_VOCABULARIES: Final = {"sector": frozenset({"7", "8"}), "tag": frozenset({"2", "3"})}


@dataclass(frozen=True, slots=True)
class Participant:
    """One participating-org. role: IATI code; names: by language; reference and kind may be empty."""

    role: str
    names: Mapping[str, str]
    reference: str = ""
    kind: str = ""


@dataclass(slots=True)
class Activity:
    """What we read of an activity.

    dates: by IATI activity date type (1 planned start, 2 actual start, 3 planned end, 4 actual end).
    sectors and tags: (vocabulary, code). notes: what could not be read and was left out.
    """

    identifier: str
    language: str
    titles: dict[str, str]
    descriptions: dict[str, str] = field(default_factory=dict)
    participants: list[Participant] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)
    sectors: list[tuple[str, str]] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    themes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    notes: list[FieldProblem] = field(default_factory=list)


def partnership_of(activity: Activity, knowledge: Knowledge) -> Converted:
    """The partnership of an activity. Raises InvalidRecordError, pydantic.ValidationError."""
    parties = Parties(knowledge, Origin(SOURCE_TEXT, activity.language))
    parties.notes += activity.notes
    recipients = _add_recipients(parties, activity)
    only = recipients[0] if len(recipients) == 1 else None
    for participant in activity.participants:
        _add_participant(parties, participant, only)
    if not parties.found:
        reason = "names no party: no recipient country and no organisation that can be told"
        raise InvalidRecordError([FieldProblem("participating-org", activity.identifier, reason)])
    start, end = _dates(activity, parties.notes)
    goals = [code for vocabulary, code in activity.sectors if vocabulary in _SDG_VOCABULARIES["sector"]]
    goals += [code for vocabulary, code in activity.tags if vocabulary in _SDG_VOCABULARIES["tag"]]
    purposes = [code for vocabulary, code in activity.sectors if vocabulary in _DAC_VOCABULARIES]
    subjects = {*clusters_of_sectors(purposes), *goals_of(goals)} & knowledge.subjects
    record = Partnership(
        id=identifier_of(activity.identifier),
        source=SOURCE_TEXT,
        source_identifier=activity.identifier,
        retrieved_at=knowledge.retrieved_at,
        original_language=activity.language,
        title=_cut(activity.titles, LONGEST_TITLE, "title", parties.notes),
        description=_cut(activity.descriptions, LONGEST_DESCRIPTION, "description", parties.notes),
        themes=list(dict.fromkeys(theme for theme in activity.themes if len(theme) <= LONGEST_TITLE)),
        clusters=sorted(ref for ref in subjects if ref.startswith("cluster/")),
        sdgs=sorted(ref for ref in subjects if ref.startswith("sdg/")),
        start=start,
        end=end,
        private_sector=_has_company(parties),
        links=_links(activity.links),
        parties=parties.listed(),
    )
    return Converted(record, (activity.identifier,), parties.notes)


def identifier_of(iati_identifier: str) -> str:
    """Identifier of an activity: a slug of the IATI identifier, with a hash where the slug loses any."""
    slug = slug_of(iati_identifier, LONGEST_ID)
    if slug == iati_identifier.casefold():
        return f"iati-{slug}"
    return f"iati-{slug}-{hashlib.sha256(iati_identifier.encode()).hexdigest()[:8]}"


def language_code(text: str | None, default: str = "en") -> str:
    """ISO 639 code in lower case of an xml:lang such as ``EN`` or ``pt-BR``."""
    code = (text or "").strip().casefold().partition("-")[0]
    return code if re.fullmatch(r"[a-z]{2,3}", code) else default


def _add_recipients(parties: Parties, activity: Activity) -> list[str]:
    found: list[str] = []
    for code in dict.fromkeys(activity.recipients):
        resolution = parties.knowledge.countries.resolve(code)
        if resolution.iso3 is None or resolution.iso3 not in parties.knowledge.developing:
            parties.notes.append(resolution.problem("recipient-country"))
        else:
            found.append(resolution.iso3)
            parties.add(f"country/{resolution.iso3}", Role.BENEFICIARY)
    return found


def _add_participant(parties: Parties, participant: Participant, recipient: str | None) -> None:
    role = _ROLES.get(participant.role)
    if role is None:
        reason = "is no organisation role (1 to 4); the organisation was left out"
        parties.notes.append(FieldProblem("participating-org role", participant.role, reason))
        return
    ref = _party(parties, participant, recipient)
    if ref is not None and not (ref.startswith("country/") and parties.has(ref)):
        parties.add(ref, role)


def _party(parties: Parties, participant: Participant, recipient: str | None) -> str | None:
    by_code = party_of_reference(participant.reference)
    if by_code is not None and by_code.partition("/")[0] == "country":
        by_code = by_code if by_code.partition("/")[2] in parties.knowledge.developing else None
    if by_code is not None and (not participant.names or parties.knowledge.organisations.knows(by_code)):
        return (
            by_code
            if by_code.startswith("country/") or parties.knowledge.organisations.knows(by_code)
            else None
        )
    home = country_of_reference(participant.reference, parties.knowledge.countries)
    local = recipient if _ROLES[participant.role] is Role.IMPLEMENTING else None
    kind = participant.kind or None
    refs = [parties.resolve(name, local, kind, home) for name in participant.names.values()]
    return next((ref for ref in refs if ref is not None), None)


def _dates(activity: Activity, notes: list[FieldProblem]) -> tuple[str | None, str | None]:
    """Actual dates before planned ones; a planned end before the actual start is out of date and left out."""
    start = activity.dates.get("2") or activity.dates.get("1")
    end = activity.dates.get("4") or activity.dates.get("3")
    if start and end and end < start and "4" not in activity.dates and "2" in activity.dates:
        notes.append(
            FieldProblem("activity-date", end, f"the planned end is before the actual start {start}")
        )
        end = None
    return start, end


def _cut(texts: Mapping[str, str], longest: int, name: str, notes: list[FieldProblem]) -> dict[str, str]:
    """Texts that the model can hold: one longer is cut at a space, and noted."""
    kept: dict[str, str] = {}
    for language, text in texts.items():
        if len(text) > longest:
            notes.append(FieldProblem(name, f"{text[:80]}…", f"has {len(text)} characters; cut to {longest}"))
            text = text[: longest - 1].rpartition(" ")[0] + "…"
        kept[language] = text
    return kept


def _has_company(parties: Parties) -> bool:
    organisations = parties.knowledge.organisations
    refs = {party for party, _ in parties.found if party.startswith("stakeholder/")}
    return any(organisations.kind_of(ref) is StakeholderKind.COMPANY for ref in refs)


def _links(addresses: Iterable[str]) -> list[str]:
    found = (address.strip() for address in addresses)
    valid = (address for address in found if _ADDRESS.fullmatch(address) and len(address) <= 2_000)
    return list(dict.fromkeys(valid))[:MOST_LINKS]
