"""Turns triangles into answers: names, evidence and sentences, all from records read back from Neo4j."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph_model.path_queries import evidence_texts
from graph_model.record import Status
from graph_model.relationships import Role
from graph_model.store import Store
from search.answers import Corner, Evidence, Path
from search.edges import Basis, EdgeEvidence
from search.path_model import probability
from search.projection import Projection
from search.ranking import Triangle
from search.sentences import sentence, years


@dataclass(frozen=True, slots=True)
class Proposal:
    """A triangle with the evidence of its edges, before Neo4j has confirmed it."""

    triangle: Triangle
    edges: list[EdgeEvidence]


@dataclass(frozen=True, slots=True)
class _Named:
    """A party of a record that stands for a corner. properties: of the relationship between them."""

    party: str
    corner: str
    relationship: str
    properties: dict[str, Any]


class Explainer:
    """Explains the proposals of one answer in one language."""

    def __init__(self, store: Store, projection: Projection, language: str) -> None:
        self._store = store
        self._projection = projection
        self._language = language
        self._records: dict[str, Mapping[str, Any]] = {}
        self._names: dict[str, str] = {}

    def explain(
        self, proposals: Sequence[Proposal], beneficiaries: Sequence[int], modality: str
    ) -> list[Path]:
        """Paths of the proposals whose every edge Neo4j confirms; the order stays."""
        corners = {self._ref(corner) for corner in beneficiaries}
        for proposal in proposals:
            corners |= {self._ref(proposal.triangle.pivotal)}
            corners |= {self._ref(third) for third in [proposal.triangle.facilitating] if third is not None}
        self._read(corners | {edge.ref for proposal in proposals for edge in proposal.edges})
        paths = [self._path(proposal, beneficiaries, modality) for proposal in proposals]
        return [path for path in paths if path is not None]

    def _path(self, proposal: Proposal, beneficiaries: Sequence[int], modality: str) -> Path | None:
        confirmed = [(edge, self._evidence(edge)) for edge in proposal.edges]
        standing = [(edge, found) for edge, found in confirmed if found is not None]
        if {edge.edge for edge, _ in standing} != {edge.edge for edge in proposal.edges}:
            return None
        triangle = proposal.triangle
        named = [party for edge, _ in standing for party in self._named(edge)]
        third = triangle.facilitating
        return Path(
            score=triangle.score,
            probability=probability(triangle.score),
            modality=modality,
            beneficiary=self._corner(beneficiaries[0], named) if beneficiaries else None,
            pivotal=self._corner(triangle.pivotal, named),
            facilitating=None if third is None else self._corner(third, named),
            contributions=triangle.contributions,
            evidence=[found for _, found in standing],
        )

    def _evidence(self, edge: EdgeEvidence) -> Evidence | None:
        record = self._records.get(edge.ref)
        parties = self._named(edge)
        if record is None or record["status"] != Status.PUBLISHED or not parties:
            return None
        if {named.corner for named in parties} != {self._ref(corner) for corner in edge.corners}:
            return None
        return Evidence(
            edge=edge.edge,
            nodes=[*(named.party for named in parties), edge.ref],
            relationships=[
                {
                    "start": named.party,
                    "type": named.relationship,
                    "end": edge.ref,
                    "properties": named.properties,
                }
                for named in parties
            ],
            text=self._sentence(edge, record),
            similarity=edge.similarity,
            authenticity=record["authenticity"],
        )

    def _named(self, edge: EdgeEvidence) -> list[_Named]:
        """The record's parties that stand for the edge's corners."""
        record = self._records.get(edge.ref)
        wanted = {self._ref(corner) for corner in edge.corners}
        found = []
        for party, _, relationship, properties in record["parties"] if record is not None else ():
            corner = self._projection.corner_of(party)
            if corner is not None and self._ref(corner) in wanted:
                found.append(_Named(party, self._ref(corner), relationship, properties))
        return found

    def _sentence(self, edge: EdgeEvidence, record: Mapping[str, Any]) -> str:
        values = {
            "party": self._name(self._ref(edge.corners[-1])),
            "other": self._name(self._ref(edge.corners[0])),
            "title": record["title"],
            "years": years(record["start"], record["end"]),
            "percent": f"{round(100 * (edge.similarity or 0))}%",
        }
        text = sentence(self._sentence_key(edge), self._language, **values)
        if record["authenticity"] == "illustrative":
            text += sentence("illustrative", self._language)
        return text

    def _sentence_key(self, edge: EdgeEvidence) -> str:
        if edge.basis is not Basis.SIMILAR:
            return edge.basis.value
        kind = edge.ref.partition("/")[0]
        if kind in _KEY_OF_TYPE:
            return _KEY_OF_TYPE[kind]
        pivotal = any(named.properties.get("role") == Role.PIVOTAL for named in self._named(edge))
        return "solved" if pivotal else "supported"

    def _corner(self, corner: int, named: Iterable[_Named]) -> Corner:
        ref = self._ref(corner)
        members = {
            each.party: self._name(each.party)
            for each in named
            if each.corner == ref and each.party.startswith("stakeholder/")
        }
        return Corner(
            id=ref,
            name=self._name(ref),
            country=ref.partition("/")[2] if ref.startswith("country/") else None,
            stakeholders=[{"id": party, "name": name} for party, name in sorted(members.items())],
        )

    def _name(self, ref: str) -> str:
        return self._names.get(ref, ref)

    def _ref(self, corner: int) -> str:
        return self._projection.corners.refs[corner]

    def _read(self, refs: Iterable[str]) -> None:
        for row in self._store.run(evidence_texts(sorted(refs), self._language)):
            # Relationships have no order in Neo4j; an answer has the same one every time.
            row["parties"].sort(key=lambda end: (end[0], end[3].get("role") or ""))
            self._records[row["ref"]] = row
            self._names[row["ref"]] = row["title"]
            self._names |= {party: name for party, name, *_ in row["parties"]}


_KEY_OF_TYPE: Final = {"offer": "offers", "practice": "shares"}
