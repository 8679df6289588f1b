"""UNDP's list of entities: names of countries, governments and organisations, separated by commas.

The separator also stands inside the names (``Ministry of Natural Resources, Energy and Mining of Malawi``):
a part that is no organisation of its own goes on with the ministry before it.
"""

import re
from collections.abc import Iterator
from typing import Final

from ingest.cleaning import one_line
from ingest.knowledge import Knowledge
from ingest.organisation_names import is_acronym
from ingest.parties import is_vague

_BETWEEN: Final = re.compile(r"[,;](?![^()]*\))")
_BODY_BEFORE_COMMA: Final = re.compile(
    r"\b(?:ministr|department|secretariat|directorate|institute for|division)", re.IGNORECASE
)
_BODY: Final = re.compile(
    r"\b(?:ministr|department|secretariat|directorate|government|agency|authority|institut|universit|programme|program"
    r"|fund|bank|council|commission|parliament|embassy|network|cent(?:er|re)|foundation|association|office|bureau"
    r"|UN[A-Z]*|company|ngo)",
    re.IGNORECASE,
)
_LOST_MARK: Final = re.compile(r"_+\s+")
_CONJUNCTION: Final = re.compile(r"\s+(?:and|&)\s+", re.IGNORECASE)


def entities_of(cell: str, knowledge: Knowledge) -> Iterator[tuple[str, str | None]]:
    """Each entity, with the ISO alpha-3 code of its country where the list says it."""
    for name in _joined(one_line(part) for part in _BETWEEN.split(_LOST_MARK.sub(": ", cell))):
        government = _government_with_body(name, knowledge)
        if government is not None:
            yield government
            continue
        for entity in _apart(name, knowledge):
            yield entity, None


def _joined(parts: Iterator[str]) -> Iterator[str]:
    """Parts with the rest of a ministry's name put back to its beginning."""
    whole = ""
    for part in filter(None, parts):
        if whole and _BODY_BEFORE_COMMA.search(whole) and _goes_on(part):
            whole = f"{whole}, {part}"
            continue
        if whole:
            yield whole
        whole = part
    if whole:
        yield whole


def _goes_on(part: str) -> bool:
    return (
        not _BODY.search(part)
        and not is_acronym(part.split()[0])
        and bool(re.search(r"\band\b|&", part) or part[:1].islower())
    )


def _government_with_body(name: str, knowledge: Knowledge) -> tuple[str, str | None] | None:
    """``Government of Chile (Chilean International Cooperation Agency)``: the body, in its country."""
    match = re.fullmatch(r"(?P<government>[^()]+)\((?P<body>[^()]{4,})\)", name)
    if match is None:
        return None
    iso3 = knowledge.organisations.reader.government_of(match["government"].strip())
    body = match["body"].strip()
    if iso3 is None or is_vague(body) or knowledge.organisations.reader.country(body) is not None:
        return None
    return body, iso3


def _apart(name: str, knowledge: Knowledge) -> Iterator[str]:
    """``UNDP and USAID`` as two, where each half is a country, a government or an acronym of its own."""
    reader = knowledge.organisations.reader
    halves = _CONJUNCTION.split(name)
    if len(halves) > 1 and all(reader.government_of(half) or is_acronym(half) for half in halves):
        yield from halves
    else:
        yield name
