"""Path finding in one plain Cypher query, with the main features of the model.

The same candidates, degree weights, feature formulas and weights as the engine's; left out are the features
of place and of words. The engine with those weights at 0 must therefore give the same triangles.
"""

from dataclasses import replace
from typing import Any, Final

from search.parties import BEYOND_COUNTRIES
from search.path_model import PathModel
from search.question import INFERRING
from search.track_record import DAMPING
from search.vector_index import SCORE_DECIMALS

MAIN_FEATURES: Final = (
    "similar_work",
    "most_similar_record",
    "record_in_cluster",
    "record_in_sdg",
    "ties_with_beneficiary",
    "experience",
)
MULTILATERAL: Final = "multilateral"

FROM_PARAMETERS: Final = (
    "UNWIND $similar AS hit MATCH (node:Record {ref: hit.ref}) WITH node, hit.score AS score "
)
"""Similar records that were found elsewhere: [{ref, score}], score a cosine."""
FROM_VECTOR_INDEX: Final = "WITH node, 2 * score - 1 AS score "
"""Similar records of Neo4j's vector index, whose score is (1 + cosine) / 2."""

_WEIGHT: Final = f"size(corners) ^ -{DAMPING}"
_CORNER: Final = "CASE WHEN party:Country OR party.kind IN $beyond THEN party ELSE seat END"


def main_model(model: PathModel) -> PathModel:
    """The model without the features that the query leaves out."""
    kept = {*MAIN_FEATURES, MULTILATERAL}
    return replace(
        model,
        pivotal={name: weight if name in kept else 0.0 for name, weight in model.pivotal.items()},
        facilitating={name: weight if name in kept else 0.0 for name, weight in model.facilitating.items()},
    )


def parameters(model: PathModel, beneficiary: str, limit: int) -> dict[str, Any]:
    """Parameters beside the similar records. beneficiary: reference of a country."""
    return {
        "beneficiary": beneficiary,
        "beyond": [str(kind) for kind in BEYOND_COUNTRIES],
        "pivotal_weights": {name: model.pivotal[name] for name in MAIN_FEATURES},
        "facilitating_weights": {name: model.facilitating[name] for name in (*MAIN_FEATURES, MULTILATERAL)},
        "together": model.pair["worked_together"],
        "baseline": model.baseline,
        "limit": limit,
    }


def path_query() -> str:
    """From rows {node, score} of similar records, best first, to rows {pivotal, facilitating, score}."""
    return (
        f"WITH node, score ORDER BY round(score, {SCORE_DECIMALS}) DESC, node.ref "
        "WITH collect({node: node, score: score}) AS hits "
        f"{_inferred('IN_CLUSTER', 'clusters')} {_inferred('CONTRIBUTES_TO', 'sdgs')} "
        f"{_candidates('pivotal')} {_candidates('facilitating')} "
        "CALL (pivots, supporters) { "
        "UNWIND pivots AS p UNWIND supporters AS f WITH p, f WHERE p.corner <> f.corner "
        "RETURN p.corner AS pivotal, f.corner AS facilitating, p.score + f.score AS parts, 0.0 AS joint "
        "UNION ALL "
        "MATCH (r:Partnership) WHERE r.status = 'published' "
        f"{_corners_in('pivotal')} {_corners_in('facilitating')} "
        "WITH [c IN pivotal_corners WHERE c:Country] AS ps, facilitating_corners AS fs "
        "WHERE size(ps) > 0 AND size(fs) > 0 "
        f"WITH ps, fs, size(ps) ^ -{DAMPING} * size(fs) ^ -{DAMPING} AS weight "
        "UNWIND ps AS pivotal UNWIND fs AS facilitating "
        "RETURN pivotal, facilitating, null AS parts, weight AS joint } "
        "WITH pivotal, facilitating, max(parts) AS parts, sum(joint) AS joint WHERE parts IS NOT NULL "
        "RETURN pivotal.ref AS pivotal, facilitating.ref AS facilitating, "
        "$baseline + parts + $together * log(1 + joint) AS score "
        "ORDER BY score DESC, pivotal, facilitating LIMIT $limit"
    )


def _inferred(relationship: str, name: str) -> str:
    """What the nearest records are about: pairs [reference, weight], weights summing to 1."""
    return (
        f"CALL (hits) {{ UNWIND hits[..{INFERRING}] AS hit WITH hit.node AS r, hit.score AS s "
        f"MATCH (r)-[:{relationship}]->(topic) WITH topic.ref AS topic, sum(s) AS weight "
        "WITH collect([topic, weight]) AS found, sum(weight) AS total "
        f"RETURN [pair IN found | [pair[0], pair[1] / total]] AS {name} }}"
    )


def _candidates(role: str) -> str:
    """Corners that may stand in a role, with their scores: {corner, score}."""
    pivotal = role == "pivotal"
    allowed = (
        "corner:Country AND corner.developing" if pivotal else "(NOT corner:Country OR NOT corner.developing)"
    )
    score = " + ".join(
        f"${role}_weights.{name} * {formula}"
        for name, formula in (
            ("similar_work", "sqrt(own * work)"),
            ("most_similar_record", "most"),
            ("record_in_cluster", "log(1 + own * in_clusters)"),
            ("record_in_sdg", "log(1 + own * in_sdgs)"),
            ("ties_with_beneficiary", "log(1 + own * ties)"),
            ("experience", "log(1 + overall)"),
        )
    )
    if not pivotal:
        score += " + CASE WHEN corner:Country THEN 0.0 ELSE $facilitating_weights.multilateral END"
    return (
        "CALL (hits, clusters, sdgs) { CALL (hits, clusters, sdgs) { "
        f"{_track_record(role)} UNION ALL {_ties(role)} UNION ALL {_similar_work(role)} }} "
        "WITH corner, sum(overall) AS overall, sum(in_clusters) AS in_clusters, sum(in_sdgs) AS in_sdgs, "
        "sum(ties) AS ties, sum(work) AS work, max(most) AS most "
        f"WHERE overall > 0 AND {allowed} AND corner.ref <> $beneficiary "
        f"WITH *, CASE WHEN overall > 1 THEN overall ^ -{DAMPING} ELSE 1.0 END AS own "
        f"RETURN collect({{corner: corner, score: {score}}}) AS {'pivots' if pivotal else 'supporters'} }}"
    )


def _track_record(role: str) -> str:
    return (
        "MATCH (party)-[t:PARTICIPATES_IN|MAKES_OFFER|SHARES]->(r) "
        f"WHERE r.status = 'published' AND (t.role = '{role}' OR NOT type(t) = 'PARTICIPATES_IN') "
        f"OPTIONAL MATCH (party)-[:BASED_IN]->(seat) WITH r, collect(DISTINCT {_CORNER}) AS corners "
        f"WITH r, corners, {_WEIGHT} AS weight, [(r)-[:IN_CLUSTER]->(k) | k.ref] AS ks, "
        "[(r)-[:CONTRIBUTES_TO]->(g) | g.ref] AS gs "
        f"WITH corners, weight, weight * {_topical('ks', 'clusters')} AS in_clusters, "
        f"weight * {_topical('gs', 'sdgs')} AS in_sdgs UNWIND corners AS corner "
        "RETURN corner, sum(weight) AS overall, sum(in_clusters) AS in_clusters, sum(in_sdgs) AS in_sdgs, "
        "0.0 AS ties, 0.0 AS work, 0.0 AS most"
    )


def _topical(topics: str, wanted: str) -> str:
    return (
        f"CASE WHEN size({topics}) = 0 THEN 0.0 ELSE size({topics}) ^ -{DAMPING} * "
        f"reduce(total = 0.0, pair IN {wanted} | "
        f"total + CASE WHEN pair[0] IN {topics} THEN pair[1] ELSE 0.0 END) END"
    )


def _ties(role: str) -> str:
    return (
        "MATCH (:Country {ref: $beneficiary})<-[:BASED_IN*0..1]-(sought)"
        "-[:PARTICIPATES_IN {role: 'beneficiary'}]->(r) WITH DISTINCT r WHERE r.status = 'published' "
        f"{_corners_in(role)} {_corners_in('beneficiary')} "
        f"WITH {role}_corners AS corners, "
        f"size([c IN beneficiary_corners WHERE c:Country]) ^ -{DAMPING} AS many "
        f"WHERE size(corners) > 0 WITH corners, {_WEIGHT} * many AS weight UNWIND corners AS corner "
        "RETURN corner, 0.0 AS overall, 0.0 AS in_clusters, 0.0 AS in_sdgs, sum(weight) AS ties, "
        "0.0 AS work, 0.0 AS most"
    )


def _similar_work(role: str) -> str:
    return (
        "UNWIND hits AS hit WITH hit.node AS r, CASE WHEN hit.score < 0 THEN 0.0 ELSE hit.score END AS s "
        "MATCH (party)-[t:PARTICIPATES_IN|MAKES_OFFER|SHARES]->(r) "
        f"WHERE t.role = '{role}' OR NOT type(t) = 'PARTICIPATES_IN' "
        f"OPTIONAL MATCH (party)-[:BASED_IN]->(seat) WITH r, s, collect({_CORNER}) AS corners "
        "WITH collect({s: s, corners: corners}) AS found, sum(s ^ 2) AS total UNWIND found AS one "
        "WITH one.s AS s, one.corners AS corners, total UNWIND corners AS corner "
        "RETURN corner, 0.0 AS overall, 0.0 AS in_clusters, 0.0 AS in_sdgs, 0.0 AS ties, "
        f"sum(s ^ 2 * {_WEIGHT} / total) AS work, max(s) AS most"
    )


def _corners_in(role: str) -> str:
    """For a partnership r, the corners that take part in a role, as a list <role>_corners."""
    return (
        f"CALL (r) {{ OPTIONAL MATCH (party)-[:PARTICIPATES_IN {{role: '{role}'}}]->(r) "
        f"OPTIONAL MATCH (party)-[:BASED_IN]->(seat) "
        f"RETURN collect(DISTINCT {_CORNER}) AS {role}_corners }}"
    )
