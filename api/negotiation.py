"""Content negotiation (RFC 9110, section 12): which form of a resource a reader gets, and its headers.

A form is named by the address (a suffix, or ``?format=``) or by the Accept header. A router gives the forms
that it has, the one for readers who take anything first.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from fastapi import Request, Response

from api.problems import HttpError
from graph_model.messages import N_


@dataclass(frozen=True, slots=True)
class Representation:
    """One form of a resource. name: the value of ``?format=``. suffix: of an address, with its dot."""

    name: str
    media_type: str
    suffix: str


JSON: Final = Representation("json", "application/json", ".json")
HTML: Final = Representation("html", "text/html", ".html")
TURTLE: Final = Representation("turtle", "text/turtle", ".ttl")
N_TRIPLES: Final = Representation("ntriples", "application/n-triples", ".nt")
JSON_LD: Final = Representation("jsonld", "application/ld+json", ".jsonld")
RDF_XML: Final = Representation("rdfxml", "application/rdf+xml", ".rdf")

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+(?:"|\\?$)'  # possessive, and closed by the end: linear in any input
_MEMBER: Final = re.compile(rf'(?:{_QUOTED}|[^",])++')
_RANGE: Final = re.compile(rf"\s*({_NAME})/({_NAME})\s*")
_PARAMETER: Final = re.compile(rf";\s*(?:({_NAME})=({_NAME}|{_QUOTED}))?\s*")
_QUALITY: Final = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_IGNORED_PARAMETERS: Final = frozenset({"profile", "version"})
"""Hints that a form may disregard: JSON-LD's ``profile``, and versions that some clients add."""


@dataclass(frozen=True, slots=True)
class _MediaRange:
    kind: str
    subtype: str
    parameters: Mapping[str, str]
    quality: float

    @property
    def specificity(self) -> int:
        return (self.kind != "*") + (self.subtype != "*") + len(self.parameters)

    def covers(self, media_type: str) -> bool:
        kind, _, subtype = media_type.partition("/")
        return (
            self.kind in ("*", kind)
            and self.subtype in ("*", subtype)
            and self.parameters.items() <= {"charset": "utf-8"}.items()
        )


def negotiated(
    request: Request,
    representations: Sequence[Representation],
    format: str | None = None,  # noqa: A002 (named as in the address)
) -> Representation:
    """The form to answer with: ``format`` where it is given, else the one that Accept prefers.

    Raises HttpError 406, which lists the forms, where there is none that the reader takes.
    """
    if format is not None:
        chosen = next((each for each in representations if format in (each.name, each.suffix[1:])), None)
    else:
        chosen = preferred(accept_header(request), representations)
    if chosen is None:
        known = ", ".join(f"{each.media_type} (format={each.name})" for each in representations)
        vary = {"Vary": "Accept"}
        if format is None:
            raise HttpError(
                406,
                N_("the Accept header names no form that this has; there are: {known}"),
                vary,
                known=known,
            )
        raise HttpError(
            406,
            N_("format={format} names no form that this has; there are: {known}"),
            vary,
            format=format[:80],
            known=known,
        )
    return chosen


def accept_header(request: Request) -> str | None:
    """The Accept header, its several lines as one; None where there is none."""
    return ", ".join(request.headers.getlist("accept")) or None


def preferred(accept: str | None, representations: Sequence[Representation]) -> Representation | None:
    """The form that an Accept header prefers; None where it takes none of them.

    A form has the quality of the most specific range that covers it. Of forms with equal quality the one
    that was named most specifically wins, then the first. A header without a valid range takes everything.
    """
    ranges = list(_media_ranges(accept or ""))
    if not ranges:
        return representations[0]
    best, chosen = (0.0, 0), None
    for representation in representations:
        covering = [each for each in ranges if each.covers(representation.media_type)]
        if not covering:
            continue
        closest = max(covering, key=lambda each: each.specificity)
        rank = (closest.quality, closest.specificity)
        if closest.quality > 0 and rank > best:
            best, chosen = rank, representation
    return chosen


def split_suffix(name: str, representations: Sequence[Representation]) -> tuple[str, Representation] | None:
    """``abc.ttl`` as ``abc`` and Turtle; None where the name ends in no form's suffix."""
    for representation in representations:
        stem = name.removesuffix(representation.suffix)
        if stem and stem != name:
            return stem, representation
    return None


def respond(
    request: Request,
    representation: Representation,
    content: bytes,
    *,
    canonical: str,
    representations: Sequence[Representation] = (),
    address: Callable[[Representation], str] | None = None,
    described_by: Sequence[str] = (),
    modified_at: datetime | None = None,
    cache_control: str = "no-cache",
) -> Response:
    """One form of a resource with every header of negotiation; 304 where the reader has it already.

    canonical: IRI of the resource. address: gives the address of each form; by default the resource's with
    ``?format=``, which stays right where a record's identifier ends like a suffix. described_by: addresses
    of shapes and vocabularies. The entity tag is of the content itself, so that it also follows a change of
    other records that the content names; Last-Modified tells of the record alone and is no validator here.
    """
    place = address or (lambda each: f"{canonical}?format={each.name}")
    links = [_link(canonical, "canonical")]
    links += [_link(place(each), "alternate", each.media_type) for each in representations]
    links += [_link(each, "describedby") for each in described_by]
    headers = {
        "ETag": entity_tag(representation, content),
        "Vary": "Accept",
        "Cache-Control": cache_control,
        "Content-Location": place(representation),
        "Link": ", ".join(links),
    }
    if modified_at is not None:
        headers["Last-Modified"] = format_datetime(modified_at.astimezone(UTC), usegmt=True)
    if has_tag(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=representation.media_type)


def entity_tag(representation: Representation, content: bytes) -> str:
    """The entity tag of one form: its name and a digest of its bytes."""
    return f'"{representation.name}-{hashlib.sha256(content).hexdigest()[:32]}"'


def has_tag(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this entity tag, by the weak comparison that it asks for."""
    asked = request.headers.get("if-none-match", "")
    return asked.strip() == "*" or tag in _ENTITY_TAG.findall(asked)


def _link(target: str, relation: str, media_type: str | None = None) -> str:
    return f'<{target}>; rel="{relation}"' + (f'; type="{media_type}"' if media_type else "")


def _media_ranges(accept: str) -> Iterator[_MediaRange]:
    """The valid members of an Accept header; one that is malformed is left out."""
    for member in _MEMBER.findall(accept):
        named = _RANGE.match(member)
        if named is None or (named[1] == "*" and named[2] != "*"):
            continue
        parameters, end = {}, named.end()
        while end < len(member) and (found := _PARAMETER.match(member, end)):
            if found[1]:
                parameters[found[1].lower()] = found[2].strip('"').lower()
            end = found.end()
        quality = parameters.pop("q", "1")
        if end < len(member) or not _QUALITY.fullmatch(quality):
            continue
        kept = {name: value for name, value in parameters.items() if name not in _IGNORED_PARAMETERS}
        yield _MediaRange(named[1].lower(), named[2].lower(), kept, float(quality))
