"""Cypher of the event stream; each function returns (query, parameters)."""

from collections.abc import Sequence
from typing import Final

from graph_model.derive.cypher import CHANGE_LABEL, COMMON_LABEL, Query, model_text
from graph_model.nodes import Country, Partnership
from graph_model.record import Authenticity
from graph_model.relationships import BASED_IN

_ILLUSTRATIVE: Final = f'"authenticity": "{Authenticity.ILLUSTRATIVE}"'
"""How the JSON of an illustrative record says so in the change log, where a quote in a text is escaped."""


def visibility_history(refs: Sequence[str]) -> Query:
    """Every change of these records, oldest first: {ref, sequence, at, published, illustrative}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (e:{CHANGE_LABEL} {{ref: ref}}) "
            f"RETURN ref, e.sequence AS sequence, e.at AS at, e.published AS published, "
            f"coalesce(e.record CONTAINS $illustrative, false) AS illustrative ORDER BY sequence"
        ),
        {"refs": list(refs), "illustrative": _ILLUSTRATIVE},
    )


def snapshots(sequences: Sequence[int]) -> Query:
    """The records as these changes left them, where published: {sequence, type, record}."""
    return (
        model_text(
            f"UNWIND $sequences AS sequence MATCH (e:{CHANGE_LABEL} {{sequence: sequence}}) "
            f"WHERE e.record IS NOT NULL RETURN sequence, e.type AS type, e.record AS record"
        ),
        {"sequences": list(sequences)},
    )


def times_of_changes(sequences: Sequence[int]) -> Query:
    """When these changes were made: {sequence, at}."""
    return (
        model_text(
            f"UNWIND $sequences AS sequence MATCH (e:{CHANGE_LABEL} {{sequence: sequence}}) "
            f"RETURN sequence, e.at AS at"
        ),
        {"sequences": list(sequences)},
    )


def creation_times(refs: Sequence[str]) -> Query:
    """When these records were created: {ref, created_at}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) "
            f"RETURN ref, n.created_at AS created_at"
        ),
        {"refs": list(refs)},
    )


def kept_dependents(sequences: Sequence[int]) -> Query:
    """What ``keep_dependents`` kept for these changes, where it did: {sequence, dependents}."""
    return (
        model_text(
            f"UNWIND $sequences AS sequence MATCH (e:{CHANGE_LABEL} {{sequence: sequence}}) "
            f"WHERE e.dependents IS NOT NULL RETURN sequence, e.dependents AS dependents"
        ),
        {"sequences": list(sequences)},
    )


def dependents_in_graph(ref: str) -> Query:
    """The records whose public triples may change with this one: {ref}.

    They are next to it, or partnerships of an organisation that is based in it.
    """
    return (
        model_text(
            f"MATCH (:{COMMON_LABEL} {{ref: $ref}})--(other:{COMMON_LABEL}) RETURN other.ref AS ref "
            f"UNION MATCH (:{Country.label} {{ref: $ref}})<-[:{BASED_IN.name}]-()"
            f"--(other:{Partnership.label}) "
            f"RETURN other.ref AS ref"
        ),
        {"ref": ref},
    )


def keep_dependents(sequence: int, refs: Sequence[str]) -> Query:
    """Keep which records depended on a change, once and for all; returns what was kept first: {dependents}.

    Writing before reading takes the lock, so that of two at the same time the second sees the first.
    """
    return (
        model_text(
            f"MATCH (e:{CHANGE_LABEL} {{sequence: $sequence}}) SET e.has_dependents = true "
            f"WITH e SET e.dependents = coalesce(e.dependents, $refs) RETURN e.dependents AS dependents"
        ),
        {"sequence": sequence, "refs": list(refs)},
    )
