"""Hand-written Cypher that explains paths; each function returns (query, parameters)."""

from collections.abc import Sequence
from typing import Final

from graph_model.derive.cypher import COMMON_LABEL, Query, model_text
from graph_model.record import Status
from graph_model.relationships import HAS_NEED, MAKES_OFFER, PARTICIPATES_IN, SHARES

_PARTY_TO_RECORD: Final = "|".join(kind.name for kind in (PARTICIPATES_IN, MAKES_OFFER, SHARES, HAS_NEED))


def evidence_texts(refs: Sequence[str], language: str) -> Query:
    """What sentences about these records and their parties say; unknown references are left out.

    A row is {ref, status, authenticity, start, end, title, parties}. title: in the wanted language, else in
    the original one, else in English, else in any. Parties that are not published are left out; a party is
    [reference, its name, relationship type, properties of the relationship].
    """
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) "
            f"RETURN ref, n.status AS status, n.authenticity AS authenticity, "
            f"n.start AS start, n.end AS end, {_heading('n')} AS title, "
            f"[(p:{COMMON_LABEL})-[r:{_PARTY_TO_RECORD}]->(n) WHERE p.status = $published | "
            f"[p.ref, {_heading('p')}, type(r), properties(r)]] AS parties"
        ),
        {"refs": list(refs), "language": language, "published": Status.PUBLISHED.value},
    )


def _heading(node: str) -> str:
    found = ", ".join(
        f"{node}[{field} + {language}]"
        for language in ("$language", f"{node}.original_language", "'en'")
        for field in ("'title_'", "'name_'")
    )
    anything = (
        f"head([key IN keys({node}) WHERE key STARTS WITH 'title_' OR key STARTS WITH 'name_' | {node}[key]])"
    )
    return f"coalesce({found}, {anything})"
