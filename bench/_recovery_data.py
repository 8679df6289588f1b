"""Past projects as cases: a masked text, its beneficiaries, clusters and SDGs, and the partners it had."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_model.derive.payload import indexed_text
from graph_model.nodes import Partnership
from graph_model.settings import Settings
from ingest.countries import default_resolver
from ingest.demo_graph import demo_records
from ingest.masking import CountryMask
from ingest.pipeline import ingest_file
from search.evidence import Capacity, goals
from search.fitting import Case
from search.instance import Instance
from search.model_fitting import near_duplicates
from search.path_features import Question
from search.projection import Projection
from search.question import HITS
from search.sparse_text import document_vector

Matrix = NDArray[np.float64]
NO_YEAR: Final = 0


@dataclass(frozen=True, slots=True)
class PastProject:
    """One project. partners: true corners by capacity. clusters, sdgs: indices. year: of start."""

    ref: str
    title: str
    group: int
    year: int
    beneficiaries: tuple[int, ...]
    partners: dict[Capacity, frozenset[int]]
    clusters: tuple[int, ...]
    sdgs: tuple[int, ...]


@dataclass(frozen=True)
class PastProjects:
    """All projects of a source.

    meaning: cosines (projects, projects), row = query. words: BM25 weights of every text, (projects, terms).
    """

    projection: Projection
    projects: list[PastProject]
    meaning: Matrix
    words: Matrix

    def case(self, place: int, capacity: Capacity, visible: NDArray[np.bool_]) -> Case:
        """A project as a case that sees only visible projects, and none of its own group."""
        project = self.projects[place]
        groups = np.array([each.group for each in self.projects])
        shown = visible & (groups != project.group)
        words = self._bm25(place, shown)
        question = Question(
            self._hits(self.meaning[place], shown),
            self._hits(words, shown & (words > 0)),
            project.beneficiaries,
            _even(project.clusters),
            _even(project.sdgs),
        )
        hidden = tuple(each.ref for each, seen in zip(self.projects, shown, strict=True) if not seen)
        return Case(project.ref, question, hidden, project.partners.get(capacity, frozenset()))

    def _bm25(self, place: int, shown: NDArray[np.bool_]) -> NDArray[np.float64]:
        """BM25 scores of one text as a query; document frequencies are those of the shown texts alone."""
        present = (self.words[shown] > 0).sum(axis=0)
        rarity = np.log(1 + (shown.sum() - present + 0.5) / (present + 0.5))
        scores: NDArray[np.float64] = self.words @ (rarity * (self.words[place] > 0))
        return scores

    def _hits(self, scores: NDArray[np.float64], shown: NDArray[np.bool_]) -> list[tuple[int, float]]:
        order = np.argsort(-np.where(shown, scores, -np.inf), kind="stable")[: min(HITS, int(shown.sum()))]
        found = ((self.projection.row(self.projects[place].ref), float(scores[place])) for place in order)
        return [(row, score) for row, score in found if row is not None]


def load_projects(file: Path, source: str, home: Path) -> PastProjects:
    """Ingest a file into an instance of its own and read its projects back.

    Texts of queries have every country's names, demonyms and capital masked; texts of evidence too, so that
    neither side tells a country by name.
    """
    with Instance(Settings(home=home)) as instance:
        ingest_file(instance.settings, instance.store, file, source)
        instance.paths.follow()
        projection = instance.paths.feed.projection
        records = [item.record for item in instance.store.records(Partnership.type_name)]
        partnerships = [record for record in records if isinstance(record, Partnership)]
        mask = CountryMask(default_resolver(), [record.id for record in demo_records("country")])
        texts = [mask(indexed_text(record)) for record in partnerships]
        with instance.active.use() as opened:
            vectors = opened.embedder.encode_document(texts).astype(np.float64)
            queries = opened.embedder.encode_query(texts).astype(np.float64)
    groups = near_duplicates(vectors.astype(np.float32))
    projects = [
        _project(record, projection, int(group)) for record, group in zip(partnerships, groups, strict=True)
    ]
    return PastProjects(projection, projects, queries @ vectors.T, _term_weights(texts))


def _project(record: Partnership, projection: Projection, group: int) -> PastProject:
    row = projection.row(record.ref)
    corners: dict[Capacity, set[int]] = {}
    for _, corner, capacity in projection.parties(row) if row is not None else ():
        if corner >= 0:
            corners.setdefault(capacity, set()).add(corner)
    countries = projection.corners.countries
    return PastProject(
        ref=record.ref,
        title=next(iter(record.title.values())),
        group=group,
        year=int(record.start[:4]) if record.start else NO_YEAR,
        beneficiaries=tuple(sorted(c for c in corners.get(Capacity.BENEFICIARY, ()) if c < countries)),
        partners={capacity: frozenset(found) for capacity, found in corners.items()},
        clusters=tuple(projection.clusters[ref] for ref in record.clusters),
        sdgs=tuple(projection.sdgs[ref] for ref in goals(record.sdgs)),
    )


def _term_weights(texts: list[str]) -> Matrix:
    """BM25 weights (texts, terms), as the index stores them."""
    documents = [document_vector(text) for text in texts]
    terms: dict[int, int] = {}
    for vector in documents:
        for term in vector.indices:
            terms.setdefault(term, len(terms))
    weights: Matrix = np.zeros((len(texts), len(terms)))
    for place, vector in enumerate(documents):
        weights[place, [terms[term] for term in vector.indices]] = vector.values
    return weights


def _even(indices: tuple[int, ...]) -> dict[int, float]:
    return {index: 1 / len(indices) for index in indices}
