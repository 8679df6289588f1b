"""Hand-written Cypher that explains paths; each function returns (query, parameters)."""

from collections.abc import Mapping, Sequence
from typing import Final

from graph_model.derive.cypher import COMMON_LABEL, Query, model_text
from graph_model.record import Status
from graph_model.relationships import HAS_NEED, MAKES_OFFER, PARTICIPATES_IN, SHARES

_PARTY_TO_RECORD: Final = "|".join(kind.name for kind in (PARTICIPATES_IN, MAKES_OFFER, SHARES, HAS_NEED))


def evidence_texts(parties_of: Mapping[str, Sequence[str]], language: str) -> Query:
    """What sentences about these records say, and which of these parties Neo4j confirms.

    parties_of: by the reference of a record, countries and stakeholders among them, the parties whose
    relationships with it are wanted. Unknown references are left out.
    The single row is {records}, for one row costs a client far less than one a record. A record is
    [reference, status, authenticity, start, end, title, parties]. title: in the wanted language, else in the
    original one, else in English, else in any. Parties that are not published are left out; a party is
    [reference, relationship type, properties of the relationship].
    """
    return (
        model_text(
            f"UNWIND $wanted AS one MATCH (n:{COMMON_LABEL} {{ref: one[0]}}) "
            f"RETURN collect([n.ref, n.status, n.authenticity, n.start, n.end, {_heading('n')}, "
            f"CASE WHEN size(one[1]) = 0 THEN [] ELSE "
            f"[(p:{COMMON_LABEL})-[r:{_PARTY_TO_RECORD}]->(n) "
            f"WHERE p.ref IN one[1] AND p.status = $published | [p.ref, type(r), properties(r)]] END"
            f"]) AS records"
        ),
        {
            "wanted": [[ref, list(parties)] for ref, parties in parties_of.items()],
            "language": language,
            "published": Status.PUBLISHED.value,
        },
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
