"""Turns triangles into answers: names, evidence and sentences, all from records read back from Neo4j."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph_model.nodes import Country, Offer, Partnership, Practice, Stakeholder
from graph_model.record import Record, Status, owned_relationships
from graph_model.relationships import Participation, Role
from graph_model.store import Store
from graph_model.text import in_language
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


class Explainer:
    """Explains the proposals of one answer in one language."""

    def __init__(self, store: Store, projection: Projection, language: str) -> None:
        self._store = store
        self._projection = projection
        self._language = language
        self._records: dict[str, Record] = {}

    def explain(
        self, proposals: Sequence[Proposal], beneficiaries: Sequence[int], modality: str
    ) -> list[Path]:
        """Paths of the proposals whose every edge Neo4j confirms; the order stays."""
        corners = {self._ref(corner) for corner in beneficiaries}
        for proposal in proposals:
            corners |= {self._ref(proposal.triangle.pivotal)}
            corners |= {self._ref(third) for third in [proposal.triangle.facilitating] if third is not None}
        evidence = {edge.ref for proposal in proposals for edge in proposal.edges}
        self._read(corners | evidence)
        self._read(
            {party for proposal in proposals for edge in proposal.edges for party, *_ in self._named(edge)}
        )
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
        parties = self._named(edge) if record is not None else []
        if record is None or record.status is not Status.PUBLISHED or not parties:
            return None
        if {corner for _, corner, _ in parties} != {self._ref(corner) for corner in edge.corners}:
            return None
        relationships = [self._relationship(record, ref) for ref, _, _ in parties]
        return Evidence(
            edge=edge.edge,
            nodes=[*(ref for ref, _, _ in parties), edge.ref],
            relationships=relationships,
            text=self._sentence(edge, record),
            similarity=edge.similarity,
            authenticity=record.authenticity,
        )

    def _named(self, edge: EdgeEvidence) -> list[tuple[str, str, str | None]]:
        """(party, its corner, role) of the record's parties that stand for the edge's corners."""
        record = self._records.get(edge.ref)
        wanted = {self._ref(corner) for corner in edge.corners}
        found = []
        for ref, role in _parties(record) if record is not None else ():
            corner = self._projection.corner_of(ref)
            if corner is not None and self._ref(corner) in wanted:
                found.append((ref, self._ref(corner), role))
        return found

    def _sentence(self, edge: EdgeEvidence, record: Record) -> str:
        title = in_language(record.heading, self._language, record.original_language)[0]
        start, end = (record.start, record.end) if isinstance(record, Partnership) else (None, None)
        values = {
            "party": self._name(self._ref(edge.corners[-1])),
            "other": self._name(self._ref(edge.corners[0])),
            "title": title,
            "years": years(start, end),
            "percent": f"{round(100 * (edge.similarity or 0))}%",
        }
        text = sentence(self._sentence_key(edge, record), self._language, **values)
        if record.authenticity == "illustrative":
            text += sentence("illustrative", self._language)
        return text

    def _sentence_key(self, edge: EdgeEvidence, record: Record) -> str:
        if edge.basis is not Basis.SIMILAR:
            return edge.basis.value
        if isinstance(record, Offer):
            return "offers"
        if isinstance(record, Practice):
            return "shares"
        pivotal = any(role == Role.PIVOTAL for _, _, role in self._named(edge))
        return "solved" if pivotal else "supported"

    def _relationship(self, record: Record, party: str) -> dict[str, Any]:
        for name, owns in owned_relationships(type(record)).items():
            for end in _as_list(getattr(record, name)):
                if _reference(end) == party:
                    properties = (
                        end.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"party"})
                        if isinstance(end, Participation)
                        else {}
                    )
                    return {
                        "start": party if owns.inverse else record.ref,
                        "type": owns.kind.name,
                        "end": record.ref if owns.inverse else party,
                        "properties": properties,
                    }
        raise LookupError(f"{record.ref} has no relationship with {party}")

    def _corner(self, corner: int, named: Iterable[tuple[str, str, str | None]]) -> Corner:
        ref = self._ref(corner)
        members = {
            party: self._name(party)
            for party, of, _ in named
            if of == ref and party.startswith("stakeholder/")
        }
        return Corner(
            id=ref,
            name=self._name(ref),
            country=ref.partition("/")[2] if ref.startswith("country/") else None,
            stakeholders=[{"id": party, "name": name} for party, name in sorted(members.items())],
        )

    def _name(self, ref: str) -> str:
        record = self._records.get(ref)
        if not isinstance(record, Country | Stakeholder):
            return ref
        return in_language(record.heading, self._language, record.original_language)[0]

    def _ref(self, corner: int) -> str:
        return self._projection.corners.refs[corner]

    def _read(self, refs: Iterable[str]) -> None:
        missing = sorted(set(refs) - set(self._records))
        self._records |= {ref: stored.record for ref, stored in self._store.get_many(missing).items()}


def _parties(record: Record) -> list[tuple[str, str | None]]:
    """(reference, role) of the parties that a record names."""
    if isinstance(record, Partnership):
        return [(item.party, item.role.value) for item in record.parties]
    for name in ("offered_by", "shared_by", "sought_by"):
        if hasattr(record, name):
            return [(ref, None) for ref in getattr(record, name)]
    return []


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _reference(end: str | Participation) -> str:
    return end.party if isinstance(end, Participation) else end
