"""Records of every type for property tests: every field, and the texts that break a careless writer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

from graph_model.nodes import RECORD_TYPES, IncomeGroup, Resource, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Role
from graph_model.text import UN_LANGUAGES, clean_text

AWKWARD: Final = (
    'quotes " and \\ and \'\'\' and """',
    "line\nbreak\ttab\r\nwindows",
    "مرحبا \u202bWIPO\u202c بالعالم",
    "\u2068isolated\u2069 \u200fmark\u200e",
    "知识产权 \u3000 合作",
    "e\u0301 decomposed, emoji 👩\u200d🌾, soft\u00adhyphen, \ufeffBOM",
    "C1 \x85\x9f, C0 \x00\x07\x1b, DEL \x7f, separators \u2028\u2029",
    "private \ue000, beyond \U0010fffd, replacement \ufffd",
    "<b>&amp;</b> ]]> {{x}} ${y} %20 <http://a.example/> .\n<x> <y> <z> .",
    "^^<http://www.w3.org/2001/XMLSchema#int>",
    "@en",
)

_characters = st.characters(codec="utf-8")
_short = (st.sampled_from(AWKWARD) | st.text(_characters, min_size=1, max_size=40)).filter(
    lambda text: clean_text(text) != ""
)
_long = _short | st.builds(lambda text, times: (text * times)[:20_000], _short, st.sampled_from([1, 900]))
_languages = st.sampled_from([*UN_LANGUAGES, "pt", "sw", "fil"])
_texts = st.dictionaries(_languages, _long, max_size=4)
_titles = st.dictionaries(_languages, _short, min_size=1, max_size=4)
_identifiers = st.from_regex(r"[A-Za-z0-9](\.?[A-Za-z0-9_-]){0,20}", fullmatch=True)
_addresses = st.sampled_from(
    [
        "https://a.example",
        "http://a.example:8080/p/?q=1&r=%20#f",
        "https://ar.example/مثال/(x);y=1,2",
        "https://a.example/a/../b//c/.",
        "https://a.example/?" + "x" * 1_500,
    ]
)
_dates = st.sampled_from([None, "2019", "2019-05", "2019-05-31"])
_later = st.sampled_from([None, "2019", "2020-02", "2024-02-29"])
_moments = st.sampled_from(
    [
        None,
        datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2024, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(2024, 1, 2, 3, 4, 5),
    ]
)
_parties = st.sampled_from(["country/KEN", "country/BRA", "stakeholder/kipi", "stakeholder/wi-po.1"])


def _listed(*refs: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(refs), max_size=3)


_participations = st.fixed_dictionaries(
    {"party": _parties, "role": st.sampled_from(Role), "from": _dates, "to": _later}
)
_provenance: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "id": _identifiers,
    "status": st.sampled_from(Status),
    "source": _short,
    "source_identifier": st.none() | _short,
    "retrieved_at": _moments,
    "original_language": _languages,
    "licence": st.none() | _short,
    "authenticity": st.sampled_from(Authenticity),
}
_topical: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "title": _titles,
    "description": _texts,
    "clusters": _listed("cluster/a", "cluster/b.c"),
    "sdgs": _listed("sdg/2", "sdg/2.3"),
}
_resources = st.lists(st.sampled_from(Resource), max_size=3, unique=True)
_owners = st.lists(_parties, min_size=1, max_size=4)
# A list without an order is a set in RDF, which does not know how often a value is listed.
_links = st.lists(_addresses, max_size=3, unique=True)
_names = st.lists(_short, max_size=3, unique_by=clean_text)
_degrees = st.integers(-900_000, 900_000).map(lambda number: number / 10_000)

_FIELDS: Final[Mapping[str, Mapping[str, st.SearchStrategy[Any]]]] = {
    "country": {
        "id": st.sampled_from(["KEN", "BRA", "XKX"]),
        "name": _titles,
        "iso2": st.sampled_from([None, "KE", "BR"]),
        "m49": st.sampled_from([None, "404", "004"]),
        "region": _short,
        "subregion": _short,
        "income": st.none() | st.sampled_from(IncomeGroup),
        "developing": st.booleans(),
        "least_developed": st.booleans(),
        "landlocked_developing": st.booleans(),
        "small_island_developing": st.booleans(),
        "un_member": st.booleans(),
        "languages": st.lists(st.sampled_from(["sw", "en", "fil", "ar"]), max_size=4, unique=True),
        "capital": st.none() | _short,
        "latitude": st.none() | _degrees,
        "longitude": st.none() | _degrees,
    },
    "sdg": {"name": _titles, "exact_match": _links, "broader": st.sampled_from([None, "sdg/3"])},
    "cluster": {
        "name": _titles,
        "definition": _texts,
        "exact_match": _links,
        "close_match": _links,
        "broader": st.sampled_from([None, "cluster/a"]),
        "sdgs": _listed("sdg/2", "sdg/2.3"),
    },
    "stakeholder": {
        "name": _titles,
        "kind": st.sampled_from(StakeholderKind),
        "acronym": st.none() | _short,
        "aliases": _names,
        "description": _texts,
        "website": st.none() | _addresses,
        "country": st.sampled_from([None, "country/KEN"]),
    },
    "need": {**_topical, "resources": _resources, "sought_by": _owners},
    "offer": {**_topical, "resources": _resources, "offered_by": _owners},
    "practice": {**_topical, "results": _texts, "links": _links, "shared_by": _owners},
    "partnership": {
        **_topical,
        "challenge": _texts,
        "results": _texts,
        "themes": _names,
        "start": _dates,
        "end": _later,
        "private_sector": st.booleans(),
        "links": _links,
        "parties": st.lists(_participations, min_size=1, max_size=4).filter(
            lambda parties: all(_ordered(each["from"], each["to"]) for each in parties)
        ),
        "addresses": _listed("need/a", "need/b"),
        "draws_on": _listed("offer/a", "offer/b"),
    },
}


def _ordered(start: str | None, end: str | None) -> bool:
    return not (start and end and end < start[: len(end)])


def records_of(type_name: str) -> st.SearchStrategy[Record]:
    """Records of one type."""
    kind = RECORD_TYPES[type_name]
    fields = {**_provenance, **_FIELDS[type_name]}
    return st.fixed_dictionaries(fields).filter(_dated).map(kind.model_validate)


def _dated(fields: Mapping[str, Any]) -> bool:
    return _ordered(fields.get("start"), fields.get("end"))


records: st.SearchStrategy[Record] = st.one_of([records_of(name) for name in RECORD_TYPES])
"""Records of any type."""
