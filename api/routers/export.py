"""Dumps of the published graph: ``/export``, ``/export/count`` and ``/export/{format}``."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from importlib.metadata import version
from typing import IO, Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.dependencies import SettingsDependency, StoreDependency
from api.negotiation import has_tag
from api.streaming import WriterStream
from export.dump import gzipped
from export.formats import FORMATS, ExportFormat, format_named
from export.published import count, record_filter
from export.selection import Selection
from graph_model import export_queries
from graph_model.errors import UnavailableError
from graph_model.messages import N_
from graph_model.settings import Settings
from graph_model.store import Store

MOST_AT_ONCE: Final = 4
GZIP_MEDIA_TYPE: Final = "application/gzip"
_running: Final = threading.BoundedSemaphore(MOST_AT_ONCE)

router = APIRouter(tags=["export"])


class ExportRequest(Selection):
    """What to export, and whether as a compressed file."""

    gzip: bool = Field(
        default=False, description="true: a .gz file. Accept-Encoding: gzip compresses in transit alone."
    )


class FormatDescription(BaseModel):
    """A format and where it is."""

    name: str
    title: str
    media_type: str
    suffix: str
    types: tuple[str, ...] = Field(description="Types of record that it can hold.")
    address: str


class ExportDescription(BaseModel):
    """What can be exported, and how far the graph has come."""

    formats: list[FormatDescription]
    sequence: int = Field(description="Number of the newest change; an export made now has it.")


class ExportCounts(BaseModel):
    """How many records a selection has."""

    total: int
    types: dict[str, int] = Field(description="Records by type.")


@router.get("/export")
def description(store: StoreDependency, settings: SettingsDependency) -> ExportDescription:
    """The formats of an export."""
    formats = [
        FormatDescription(
            name=name,
            title=each.title,
            media_type=each.media_type,
            suffix=each.suffix,
            types=each.types,
            address=f"{settings.public_base}/export/{name}",
        )
        for name, each in FORMATS.items()
    ]
    return ExportDescription(formats=formats, sequence=store.last_sequence())


@router.get("/export/count")
def counts(selection: Annotated[Selection, Query()], store: StoreDependency) -> ExportCounts:
    """How many published records a selection has, illustrative ones only where it asks for them."""
    counted = count(store, selection)
    return ExportCounts(total=sum(counted.values()), types=counted)


@router.head("/export/{format}", include_in_schema=False)
@router.get(
    "/export/{format}",
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in (*FORMATS.values(),)}}},
)
def dump(
    request: Request,
    wanted: Annotated[ExportRequest, Query()],
    store: StoreDependency,
    settings: SettingsDependency,
    name: Annotated[str, Path(alias="format", description=f"One of: {', '.join(FORMATS)}.")],
) -> Response:
    """The published records of a selection as one file, sent as it is written.

    The same graph gives the same bytes: the entity tag follows the change log, so that asking again with
    If-None-Match costs nothing while nothing changed. ``since`` has no deletions: the feed has.
    """
    chosen = format_named(name)
    selection = chosen.narrowed(wanted)
    record_filter(store, selection)
    newest = store.run(export_queries.last_change())[0]
    suffix = chosen.suffix + (".gz" if wanted.gzip else "")
    headers = {
        "ETag": _tag(name, chosen, wanted, settings, int(newest["sequence"])),
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="trimatch{suffix}"',
    }
    if newest["at"] is not None:
        headers["Last-Modified"] = format_datetime(newest["at"].astimezone(UTC), usegmt=True)
    if has_tag(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    media_type = GZIP_MEDIA_TYPE if wanted.gzip else chosen.media_type
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    stream = WriterStream(_writing(chosen, selection, store, settings, compressed=wanted.gzip))
    return StreamingResponse(stream, headers=headers, media_type=media_type)


def _writing(
    chosen: ExportFormat, selection: Selection, store: Store, settings: Settings, *, compressed: bool
) -> Callable[[IO[bytes]], None]:
    def write(output: IO[bytes]) -> None:
        if not _running.acquire(blocking=False):
            raise UnavailableError(
                N_("{count} exports are being made already; try again shortly"), count=MOST_AT_ONCE
            )
        try:
            if compressed:
                with gzipped(output) as file:
                    chosen.write(store, selection, settings.public_base, file, report=lambda _: None)
            else:
                chosen.write(store, selection, settings.public_base, output, report=lambda _: None)
        finally:
            _running.release()

    return write


def _tag(name: str, chosen: ExportFormat, wanted: ExportRequest, settings: Settings, sequence: int) -> str:
    facts = [name, wanted.model_dump_json(), settings.public_base, version("trimatch"), str(sequence)]
    if chosen.dated:
        facts.append(datetime.now(UTC).date().isoformat())
    return f'"{hashlib.sha256(chr(10).join(facts).encode()).hexdigest()[:32]}"'
