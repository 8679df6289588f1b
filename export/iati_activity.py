"""One partnership as an iati-activity element of IATI 2.03; elements in the order of the schema."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from export.parties import NamedPartnership
from export.plain import is_writable, whole_date, without_unwritable
from graph_model.modality import Modality
from graph_model.nodes import (
    Cluster,
    Country,
    Partnership,
    Stakeholder,
    StakeholderKind,
    SustainableDevelopmentGoal,
)
from graph_model.record import Authenticity, Record
from graph_model.relationships import Role
from graph_model.text import in_language
from graph_model.vocabulary import XML, OwnTerm, node_iri, term_iri
from ingest.iati_organisations import REFERENCES_CSV

ROLES: Final = {
    Role.BENEFICIARY: "2",
    Role.PIVOTAL: "4",
    Role.FACILITATING: "3",
    Role.IMPLEMENTING: "4",
}
"""IATI codelist OrganisationRole: 2 accountable, 3 extending, 4 implementing."""

ORGANISATION_TYPES: Final = {
    StakeholderKind.IP_OFFICE: "10",
    StakeholderKind.REGIONAL_IP_OFFICE: "40",
    StakeholderKind.GOVERNMENT: "10",
    StakeholderKind.UNIVERSITY: "80",
    StakeholderKind.INNOVATION_HUB: "90",
    StakeholderKind.COMPANY: "70",
    StakeholderKind.NGO: "21",
    StakeholderKind.MULTILATERAL: "40",
}
"""IATI codelist OrganisationType."""
_GOVERNMENT: Final = "10"
_OTHER: Final = "90"
_BILATERAL: Final = "1"
_MULTILATERAL_OUTFLOWS: Final = "4"
_TRIANGULAR: Final = "8"

_FORMATS: Final = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mp4": "video/mp4",
}
_WEB_PAGE: Final = "text/html"
_ACTIVITY_WEB_PAGE: Final = "A12"
_LANGUAGE: Final = f"{{{XML}}}lang"
_OTHER_IDENTIFIER: Final = "A9"
_OWN_VOCABULARY: Final = "99"
_SDG_GOALS: Final = "2"
_SDG_TARGETS: Final = "3"
_GENERAL: Final = "1"
_OTHER_DESCRIPTION: Final = "4"
_PIPELINE: Final = "1"
_IMPLEMENTATION: Final = "2"
_CLOSED: Final = "4"
_CLUSTERS: Final = Cluster.concept_scheme or ""
_NOT_SPECIFIED: Final = "Not specified"
_ILLUSTRATIVE: Final = (
    "Illustrative record: this activity shows what cooperation may look like; it did not take place."
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """The organisation that reports. reference: its IATI organisation identifier, without / & | ?."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class ActivityWriter:
    """Writes activities of one document. today: the day that divides planned from actual."""

    public_base: str
    publisher: Publisher
    today: date

    def activity(self, partnership: NamedPartnership, identifier: str | None) -> bytes:
        """The element, or a comment where the partnership has no date.

        identifier: the IATI identifier that the record came with, None to use one of the publisher's own.
        """
        record = partnership.record
        start, end = _span(record)
        if start is None and end is None:
            iri = node_iri(record.ref, self.public_base).replace("--", "-%2D")
            return f"<!-- left out, it has no date: {iri} -->\n".encode()
        element = self._head(partnership, identifier)
        _texts(element, record)
        self._parties(element, partnership)
        if record.source_identifier and record.source_identifier != identifier:
            other = _add(element, "other-identifier", ref=record.source_identifier, type=_OTHER_IDENTIFIER)
            _narrative(_add(other, "owner-org"), record.source, record.original_language)
        self._times(element, start, end)
        _recipients(element, partnership)
        self._subjects(element, partnership)
        self._collaboration(element, partnership)
        for link in filter(_is_uri, record.links):
            _document(element, link, record)
        return etree.tostring(element, encoding="utf-8", pretty_print=True)

    def _head(self, partnership: NamedPartnership, identifier: str | None) -> etree._Element:
        record = partnership.record
        element = etree.Element("iati-activity", nsmap={"trimatch": OwnTerm("").iri(self.public_base)})
        element.set(_LANGUAGE, record.original_language)
        element.set("last-updated-datetime", partnership.public.modified_at.isoformat())
        element.set("linked-data-uri", node_iri(record.ref, self.public_base))
        self._set_own(element, "authenticity", record.authenticity.value)
        self._set_own(element, "source", record.source)
        if record.licence:
            self._set_own(element, "licence", record.licence)
        own = f"{self.publisher.reference}-{record.id}"
        _add(element, "iati-identifier").text = without_unwritable(identifier or own)
        reporting = _add(element, "reporting-org", ref=self.publisher.reference, type=_OTHER)
        reporting.set("secondary-reporter", "1")
        _narrative(reporting, self.publisher.name, "en")
        return element

    def _set_own(self, element: etree._Element, name: str, value: str) -> None:
        element.set(f"{{{OwnTerm('').iri(self.public_base)}}}{name}", without_unwritable(value))

    def _parties(self, element: etree._Element, partnership: NamedPartnership) -> None:
        """Every party but the countries that recipient-country names; at least one, as the schema asks."""
        language = partnership.record.original_language
        found = [(role, party) for role in Role for party in partnership.parties(role)]
        others = [(role, party) for role, party in found if role is not Role.BENEFICIARY or not _code(party)]
        for role, party in others or found:
            self._participant(element, party, role, language)
        if not found:
            unnamed = _add(element, "participating-org", role=ROLES[Role.IMPLEMENTING])
            _narrative(unnamed, _NOT_SPECIFIED, "en")

    def _participant(self, element: etree._Element, party: Record, role: Role, language: str) -> None:
        kind = ORGANISATION_TYPES[party.kind] if isinstance(party, Stakeholder) else _GOVERNMENT
        participant = _add(element, "participating-org", role=ROLES[role], type=kind)
        reference = _references().get(party.ref)
        if reference:
            participant.set("ref", reference)
        self._set_own(participant, "role", role.value)
        if isinstance(party, Stakeholder):
            _narratives(participant, party.name, party.original_language)
        else:
            # One name: readers that look up every narrative would take the others for further organisations.
            _narrative(participant, *in_language(party.heading, language))

    def _times(self, element: etree._Element, start: str | None, end: str | None) -> None:
        first = whole_date(start, last=False) if start else None
        last = whole_date(end, last=True) if end else None
        if last and last <= self.today:
            status = _CLOSED
        else:
            status = _PIPELINE if first and first > self.today else _IMPLEMENTATION
        _add(element, "activity-status", code=status)
        for known, day, planned, actual in ((start, first, "1", "2"), (end, last, "3", "4")):
            if known and day:
                kind = planned if day > self.today else actual
                moment = _add(element, "activity-date", type=kind)
                moment.set("iso-date", day.isoformat())
                if len(known) < len("2026-01-31"):
                    _narrative(moment, f"Known as {known} only.", "en")

    def _subjects(self, element: etree._Element, partnership: NamedPartnership) -> None:
        record = partnership.record
        clusters = partnership.each(record.clusters, Cluster)
        for cluster, share in zip(clusters, equal_shares(len(clusters)), strict=True):
            sector = _add(element, "sector", vocabulary=_OWN_VOCABULARY, code=cluster.id, percentage=share)
            sector.set("vocabulary-uri", term_iri(_CLUSTERS, self.public_base))
            text, language = in_language(cluster.name, record.original_language)
            _narrative(sector, text, language)
        for goal in partnership.each(record.sdgs, SustainableDevelopmentGoal):
            _add(element, "tag", vocabulary=_SDG_TARGETS if "." in goal.id else _SDG_GOALS, code=goal.id)
        for theme in record.themes:
            tag = _add(element, "tag", vocabulary=_OWN_VOCABULARY, code=theme)
            _narrative(tag, theme, record.original_language)

    def _collaboration(self, element: etree._Element, partnership: NamedPartnership) -> None:
        for modality in partnership.public.modalities[:1]:
            supporters = partnership.parties(Role.FACILITATING)
            multilateral = bool(supporters) and not any(
                isinstance(party, Country) or partnership.home(party) for party in supporters
            )
            code = _BILATERAL
            if modality is Modality.TRIANGULAR:
                code = _TRIANGULAR
            elif modality is Modality.NORTH_SOUTH and multilateral:
                code = _MULTILATERAL_OUTFLOWS
            self._set_own(_add(element, "collaboration-type", code=code), "modality", modality.value)


def equal_shares(number: int) -> list[str]:
    """So many percentages with two decimals that sum to 100 exactly."""
    share, rest = divmod(100_00, number) if number else (0, 0)
    hundredths = (share + (place < rest) for place in range(number))
    return [f"{each // 100}.{each % 100:02}" for each in hundredths]


def _span(record: Partnership) -> tuple[str | None, str | None]:
    """Start and end; those of the parties where the partnership itself has neither."""
    if record.start or record.end:
        return record.start, record.end
    starts = [party.from_ for party in record.parties if party.from_]
    ends = [party.to for party in record.parties if party.to]
    return min(starts, default=None), max(ends, default=None)


def _texts(element: etree._Element, record: Partnership) -> None:
    _narratives(_add(element, "title"), record.title, record.original_language)
    texts = [(_GENERAL, record.description or record.title)]
    texts += [(_OTHER_DESCRIPTION, text) for text in (record.challenge, record.results) if text]
    for kind, text in texts:
        _narratives(_add(element, "description", type=kind), text, record.original_language)
    if record.authenticity is Authenticity.ILLUSTRATIVE:
        _narrative(_add(element, "description", type=_OTHER_DESCRIPTION), _ILLUSTRATIVE, "en")


def _recipients(element: etree._Element, partnership: NamedPartnership) -> None:
    codes = [code for country in partnership.countries(Role.BENEFICIARY) if (code := _code(country))]
    for code, share in zip(codes, equal_shares(len(codes)), strict=True):
        _add(element, "recipient-country", code=code, percentage=share)


def _code(party: Record) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country that has one."""
    return party.iso2 if isinstance(party, Country) else None


def _document(element: etree._Element, link: str, record: Partnership) -> None:
    document = _add(element, "document-link", url=link)
    document.set("format", _FORMATS.get(PurePosixPath(urlsplit(link).path).suffix.lower(), _WEB_PAGE))
    _narratives(_add(document, "title"), record.title, record.original_language)
    _add(document, "category", code=_ACTIVITY_WEB_PAGE)


def _is_uri(address: str) -> bool:
    """Whether XML Schema takes it for an anyURI as strict validators read it."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return is_writable(address)


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    clean = {key: without_unwritable(value) for key, value in attributes.items()}
    return etree.SubElement(parent, name, clean)


def _narratives(parent: etree._Element, texts: Mapping[str, str], original: str) -> None:
    """In every language, the original one first."""
    for language in sorted(texts, key=lambda each: (each != original, each)):
        _narrative(parent, texts[language], language)


def _narrative(parent: etree._Element, text: str, language: str) -> None:
    narrative = _add(parent, "narrative")
    narrative.set(_LANGUAGE, language)
    narrative.text = without_unwritable(text)


@cache
def _references() -> Mapping[str, str]:
    """By party, its IATI organisation identifier where that is certain: the shortest of several."""
    with REFERENCES_CSV.open(encoding="utf-8", newline="") as file:
        rows = [(row["party"], row["reference"]) for row in csv.DictReader(file)]
    whole = [(party, known if "-" in known else f"XM-DAC-{known}") for party, known in rows]
    found: dict[str, str] = {}
    for party, reference in sorted(whole, key=lambda row: (len(row[1]), row[1])):
        found.setdefault(party, reference)
    return found
