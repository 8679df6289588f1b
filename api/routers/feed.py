"""The event stream of changes (LDES): ``/feed``, and ``/feed/with-illustrative`` for those who ask for it."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pyoxigraph import Quad, RdfFormat

from api.dependencies import SettingsDependency, StoreDependency
from api.negotiation import (
    JSON_LD,
    N_TRIPLES,
    TURTLE,
    Representation,
    negotiated,
    respond,
    split_suffix,
)
from export.feed import (
    PAGE_CHANGES,
    RANGE_PAGES,
    Part,
    Stream,
    page_node,
    range_node,
    root_node,
    serialized,
)
from export.feed_members import members
from graph_model import feed_queries
from graph_model.errors import NotFoundError
from graph_model.settings import Settings
from graph_model.store import Store
from graph_model.vocabulary import SHAPES_PATH

TRIG: Final = Representation("trig", "application/trig", ".trig")
N_QUADS: Final = Representation("nquads", "application/n-quads", ".nq")
FORMATS: Final = {
    TRIG: RdfFormat.TRIG,
    N_QUADS: RdfFormat.N_QUADS,
    JSON_LD: RdfFormat.JSON_LD,
    TURTLE: RdfFormat.TURTLE,
    N_TRIPLES: RdfFormat.N_TRIPLES,
}
OPEN: Final = "public, max-age=10"
FULL: Final = "public, max-age=31536000, immutable"
_WITH_ILLUSTRATIVE: Final = "/feed/with-illustrative"

router = APIRouter(tags=["feed"])

Format = Annotated[
    str | None,
    Query(
        alias="format",
        description=f"One of: {', '.join(each.name for each in FORMATS)}. Default: by Accept.",
    ),
]
Number = Annotated[str, Path(description="From 1 on; a suffix such as .trig chooses the form.")]


def root(
    request: Request,
    store: StoreDependency,
    settings: SettingsDependency,
    asked: Format = None,
    illustrative: Annotated[
        bool | None, Query(description="true: the stream that shows illustrative records as well.")
    ] = None,
) -> Response:
    """The event stream of every change of a published record: its description and its first node."""
    stream = _stream(request, settings)
    if illustrative and not stream.illustrative:
        wanted = Stream(settings.public_base, illustrative=True)
        return RedirectResponse(wanted.root + (f"?format={asked}" if asked else ""), 307)
    last = store.last_sequence()
    ranges = _parts(store, last, 1, _count(last, PAGE_CHANGES * RANGE_PAGES), PAGE_CHANGES * RANGE_PAGES)
    return _answer(request, stream, stream.root, root_node(stream, ranges), asked)


def range_of_pages(
    request: Request,
    store: StoreDependency,
    settings: SettingsDependency,
    number: Number,
    asked: Format = None,
) -> Response:
    """A node of the event stream that leads to pages."""
    stream = _stream(request, settings)
    place, asked = _number(number, asked)
    last = store.last_sequence()
    size = PAGE_CHANGES * RANGE_PAGES
    _check("range", place, max(1, _count(last, size)))
    first = (place - 1) * RANGE_PAGES + 1
    pages = _parts(store, last, first, min(place * RANGE_PAGES, _count(last, PAGE_CHANGES)), PAGE_CHANGES)
    full = last >= place * size
    node = range_node(stream, place, pages, full=full)
    return _answer(request, stream, stream.range(place), node, asked, full=full)


def page(
    request: Request,
    store: StoreDependency,
    settings: SettingsDependency,
    number: Number,
    asked: Format = None,
) -> Response:
    """A page of the event stream: the members that a fixed range of changes made."""
    stream = _stream(request, settings)
    place, asked = _number(number, asked)
    last = store.last_sequence()
    pages = max(1, _count(last, PAGE_CHANGES))
    _check("page", place, pages)
    full = last >= place * PAGE_CHANGES
    form = negotiated(request, tuple(FORMATS), asked)
    after = (place - 1) * PAGE_CHANGES
    changes = store.changes(after, PAGE_CHANGES, with_record=True)
    found = members(store, changes, illustrative=stream.illustrative)
    named_graphs = FORMATS[form].supports_datasets
    node = page_node(stream, place, found, full=full, named_graphs=named_graphs)
    answer = _answer(request, stream, stream.page(place), node, form.name, full=full)
    neighbours = (("prev", place - 1, place > 1), ("next", place + 1, place < pages))
    for relation, neighbour, exists in neighbours:
        if exists:
            answer.headers["Link"] += f', <{stream.page(neighbour)}>; rel="{relation}"'
    return answer


for _root in (_WITH_ILLUSTRATIVE, "/feed"):  # the longer ones first: /feed/{number} would take them
    for _path, _endpoint in (
        (_root, root),
        (_root + "/range/{number}", range_of_pages),
        (_root + "/{number}", page),
    ):
        _name = f"{_endpoint.__name__}{'_with_illustrative' if _root == _WITH_ILLUSTRATIVE else ''}"
        router.get(_path, operation_id=f"feed_{_name}")(_endpoint)
        router.head(_path, include_in_schema=False)(_endpoint)


def _stream(request: Request, settings: Settings) -> Stream:
    illustrative = request.url.path.startswith(_WITH_ILLUSTRATIVE)
    return Stream(settings.public_base, illustrative=illustrative)


def _count(changes: int, size: int) -> int:
    """How many parts of a size it takes to hold so many changes."""
    return -(-changes // size)


def _parts(store: Store, last: int, first_part: int, last_part: int, size: int) -> list[Part]:
    """Parts of the log with the times of their first and last changes."""
    numbers = range(first_part, last_part + 1)
    starts = [(number - 1) * size + 1 for number in numbers]
    ends = [number * size for number in numbers if number * size <= last]
    rows = store.run(feed_queries.times_of_changes([*starts, *ends]))
    times = {row["sequence"]: row["at"] for row in rows}
    return [Part(number, times[(number - 1) * size + 1], times.get(number * size)) for number in numbers]


def _number(text: str, asked: str | None) -> tuple[int, str | None]:
    """The number in an address, and the form that is asked for. Raises NotFoundError."""
    split = split_suffix(text, tuple(FORMATS))
    if split is not None:
        text, asked = split[0], asked or split[1].name
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and not text.startswith("0")):
        raise NotFoundError(f"{text[:80]!r} is no number; pages and ranges of the feed count from 1")
    return int(text), asked


def _check(what: str, place: int, count: int) -> None:
    if place > count:
        raise NotFoundError(f"the feed has no {what} {place} yet; the last one is {count}")


def _answer(
    request: Request,
    stream: Stream,
    address: str,
    node: Iterator[Quad],
    asked: str | None,
    *,
    full: bool = False,
) -> Response:
    forms: Sequence[Representation] = tuple(FORMATS)
    form = negotiated(request, forms, asked)
    return respond(
        request,
        form,
        serialized(node, FORMATS[form]),
        canonical=address,
        representations=forms,
        described_by=[stream.public_base + SHAPES_PATH],
        cache_control=FULL if full else OPEN,
    )
