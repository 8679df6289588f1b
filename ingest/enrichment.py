"""A record of a feed and the record of the same thing that the graph has under another identifier."""

from typing import Any, Final

from graph_model.nodes import Partnership

_KEPT: Final = ("id", "status", "source", "source_identifier", "original_language", "authenticity")
_TEXTS: Final = ("title", "description", "challenge", "results")
_LISTS: Final = ("clusters", "sdgs", "themes", "links", "addresses", "draws_on")
_NEWEST: Final = ("start", "end", "retrieved_at", "licence")


def enriched(known: Partnership, incoming: Partnership) -> Partnership:
    """The known record with what the incoming one adds; enriching twice gives the same as once.

    Texts and dates of the incoming record replace those it has a value for; lists grow. A party that is known
    in any role keeps the roles that the graph gives it.
    """
    mine, theirs = known.canonical(), incoming.canonical()
    merged: dict[str, Any] = {name: mine[name] for name in _KEPT if name in mine}
    merged |= {name: {**mine.get(name, {}), **theirs.get(name, {})} for name in _TEXTS}
    merged |= {name: _grown(mine.get(name, []), theirs.get(name, [])) for name in _LISTS}
    for name in _NEWEST:
        value = theirs.get(name, mine.get(name))
        if value is not None:
            merged[name] = value
    merged["private_sector"] = known.private_sector or incoming.private_sector
    parties = {party.party for party in known.parties}
    added = [entry for entry in theirs["parties"] if entry["party"] not in parties]
    merged["parties"] = [*mine["parties"], *added]
    return Partnership.model_validate(merged)


def _grown(mine: list[Any], theirs: list[Any]) -> list[Any]:
    return [*mine, *(value for value in theirs if value not in mine)]
