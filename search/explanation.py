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


@dataclass(slots=True)
class _Named:
    """A party of a record that stands for a corner. properties: of the relationship between them."""

    party: str
    corner: int
    relationship: str
    properties: dict[str, Any]


@dataclass(slots=True)
class _Read:
    """A record as Neo4j holds it now, with the parties that edges need, in the order of references."""

    status: str
    authenticity: str
    start: str | None
    end: str | None
    title: str
    parties: list[tuple[str, str, dict[str, Any]]]


class Explainer:
    """Explains the proposals of one answer in one language."""

    def __init__(self, store: Store, projection: Projection, language: str) -> None:
        self._store = store
        self._projection = projection
        self._language = language
        self._records: dict[str, _Read] = {}

    def explain(
        self, proposals: Sequence[Proposal], beneficiaries: Sequence[int], modality: str
    ) -> list[Path]:
        """Paths of the proposals whose every edge Neo4j confirms; the order stays."""
        corners = set(beneficiaries)
        for proposal in proposals:
            corners |= {proposal.triangle.pivotal}
            corners |= {third for third in [proposal.triangle.facilitating] if third is not None}
        edges = [edge for proposal in proposals for edge in proposal.edges]
        standing = self._standing(edges)
        self._read({self._ref(corner) for corner in corners}, edges, standing)
        named = iter([self._named(edge, each) for edge, each in zip(edges, standing, strict=True)])
        paths = [
            self._path(proposal, [next(named) for _ in proposal.edges], beneficiaries, modality)
            for proposal in proposals
        ]
        return [path for path in paths if path is not None]

    def _path(
        self, proposal: Proposal, parties: Sequence[list[_Named]], beneficiaries: Sequence[int], modality: str
    ) -> Path | None:
        """parties: for each edge of the proposal, those that Neo4j confirms."""
        evidence: list[Evidence] = []
        named: list[_Named] = []
        standing = set()
        for edge, confirmed in zip(proposal.edges, parties, strict=True):
            found = self._evidence(edge, confirmed)
            if found is not None:
                evidence.append(found)
                named += confirmed
                standing.add(edge.edge)
        if standing != {edge.edge for edge in proposal.edges}:
            return None
        triangle = proposal.triangle
        third = triangle.facilitating
        return Path(
            score=triangle.score,
            probability=probability(triangle.score),
            modality=modality,
            beneficiary=self._corner(beneficiaries[0], named) if beneficiaries else None,
            pivotal=self._corner(triangle.pivotal, named),
            facilitating=None if third is None else self._corner(third, named),
            contributions=triangle.contributions,
            evidence=evidence,
        )

    def _evidence(self, edge: EdgeEvidence, parties: Sequence[_Named]) -> Evidence | None:
        record = self._records.get(edge.ref)
        if record is None or record.status != _PUBLISHED or not parties:
            return None
        if {named.corner for named in parties} != set(edge.corners):
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
            text=self._sentence(edge, record, parties),
            similarity=edge.similarity,
            authenticity=record.authenticity,
        )

    def _sentence(self, edge: EdgeEvidence, record: _Read, parties: Sequence[_Named]) -> str:
        values = {
            "party": self._name(self._ref(edge.corners[-1])),
            "other": self._name(self._ref(edge.corners[0])),
            "title": record.title,
            "years": years(record.start, record.end),
            "percent": f"{round(100 * (edge.similarity or 0))}%",
        }
        text = sentence(_sentence_key(edge, parties), self._language, **values)
        if record.authenticity == "illustrative":
            text += sentence("illustrative", self._language)
        return text

    def _corner(self, corner: int, named: Iterable[_Named]) -> Corner:
        ref = self._ref(corner)
        members = {
            each.party: self._name(each.party)
            for each in named
            if each.corner == corner and each.party.startswith("stakeholder/")
        }
        return Corner(
            id=ref,
            name=self._name(ref),
            country=ref.partition("/")[2] if ref.startswith("country/") else None,
            stakeholders=[{"id": party, "name": name} for party, name in sorted(members.items())],
        )

    def _name(self, ref: str) -> str:
        record = self._records.get(ref)
        return record.title if record is not None else ref

    def _ref(self, corner: int) -> str:
        return self._projection.corners.refs[corner]

    def _standing(self, edges: Sequence[EdgeEvidence]) -> list[dict[str, int]]:
        """By edge, the parties of its record that stand for its corners; none where the record is gone."""
        with self._projection.lock:
            rows = [self._projection.row(edge.ref) for edge in edges]
            present = [(row, edge.corners) for row, edge in zip(rows, edges, strict=True) if row is not None]
            found = iter(self._projection.standing_for(present))
        return [{} if row is None else next(found) for row in rows]

    def _read(
        self, corners: Iterable[str], edges: Sequence[EdgeEvidence], standing: Sequence[Mapping[str, int]]
    ) -> None:
        """Read the corners, and of every edge the record and the parties that may stand for its corners."""
        wanted: dict[str, dict[str, int]] = {}
        for edge, parties in zip(edges, standing, strict=True):
            wanted.setdefault(edge.ref, {}).update(parties)
        asked: dict[str, Sequence[str]] = dict.fromkeys(corners, ())
        asked |= {party: () for parties in wanted.values() for party in parties}
        asked |= {ref: list(parties) for ref, parties in wanted.items()}
        for row in self._store.run(evidence_texts(asked, self._language)):
            for ref, status, authenticity, start, end, title, parties in row["records"]:
                # Relationships have no order in Neo4j; an answer has the same one every time.
                parties.sort(key=lambda end: (end[0], end[2].get("role") or ""))
                self._records[ref] = _Read(status, authenticity, start, end, title, parties)

    def _named(self, edge: EdgeEvidence, standing: Mapping[str, int]) -> list[_Named]:
        """The parties of one edge that Neo4j confirms."""
        record = self._records.get(edge.ref)
        return [
            _Named(party, standing[party], relationship, properties)
            for party, relationship, properties in (record.parties if record is not None else ())
            if party in standing
        ]


def _sentence_key(edge: EdgeEvidence, parties: Sequence[_Named]) -> str:
    if edge.basis is not Basis.SIMILAR:
        return edge.basis
    kind = edge.ref.partition("/")[0]
    if kind in _KEY_OF_TYPE:
        return _KEY_OF_TYPE[kind]
    return "solved" if any(named.properties.get("role") == _PIVOTAL for named in parties) else "supported"


_KEY_OF_TYPE: Final = {"offer": "offers", "practice": "shares"}
_PUBLISHED: Final = Status.PUBLISHED.value
_PIVOTAL: Final = Role.PIVOTAL.value
