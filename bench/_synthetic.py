"""A seeded, heavy-tailed partnership graph of any size; the graph of a size is the start of a larger one.

Real countries, clusters and SDGs come from the demo. Everything else is invented: how many organisations a
country has, how often a party takes part and how many parties a partnership has all follow power laws. A
record names only parties that come before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench._sentences import SENTENCES_MADE, sentence_topics
from graph_model.nodes import Country, StakeholderKind
from ingest.demo_graph import demo_records
from search.evidence import Capacity, Evidence
from search.parties import BEYOND_COUNTRIES, Party, stakeholder_party

SEED: Final = 20_261
MULTILATERALS: Final = 300
GOALS: Final = 17
BELONGS_TO_ORGANISATION: Final = 0.7
"""Share of the parties of a country that are one of its organisations and not the country itself."""
_SECOND_TOPIC: Final = 0.25
_KINDS: Final = tuple(kind.value for kind in StakeholderKind if kind not in BEYOND_COUNTRIES)

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Kind(IntEnum):
    """Type of a node that the generator invents."""

    STAKEHOLDER = 0
    NEED = 1
    OFFER = 2
    PRACTICE = 3
    PARTNERSHIP = 4


SHARES: Final = {
    Kind.STAKEHOLDER: 0.40,
    Kind.NEED: 0.10,
    Kind.OFFER: 0.15,
    Kind.PRACTICE: 0.08,
    Kind.PARTNERSHIP: 0.27,
}
_ALONE: Final = {
    Kind.NEED: Capacity.SEEKS,
    Kind.OFFER: Capacity.OFFERS,
    Kind.PRACTICE: Capacity.SHARES,
}
_COUNTED: Final = (Kind.OFFER, Kind.PRACTICE, Kind.PARTNERSHIP)
_ROLES: Final = (
    # capacity, exponent of the number of parties, fewest, most
    (Capacity.BENEFICIARY, 2.0, 1, 40),
    (Capacity.PIVOTAL, 2.4, 1, 12),
    (Capacity.FACILITATING, 2.4, 1, 10),
    (Capacity.IMPLEMENTING, 2.0, 0, 5),
)


@dataclass(frozen=True, slots=True)
class Members:
    """Who stands in which record, aligned and ordered by node: node, party, capacity."""

    node: Integers
    party: Integers
    capacity: Integers


class SyntheticGraph:
    """The graph as arrays. Invented nodes are numbered from 0; ``made`` of them exist.

    Parties: countries first, then multilaterals, then organisations in the order of their nodes.
    """

    def __init__(self, nodes: int, seed: int = SEED) -> None:
        """nodes: of every type together. Raises ValueError where that is not more than the fixed ones."""
        self.countries = sorted(
            (record for record in demo_records("country") if isinstance(record, Country)),
            key=lambda country: country.ref,
        )
        self.clusters = sorted(record.ref for record in demo_records("cluster"))
        self.sdgs = [f"sdg/{goal}" for goal in range(1, GOALS + 1)]
        self.fixed = len(self.countries) + len(self.clusters) + GOALS + MULTILATERALS
        if nodes <= self.fixed:
            raise ValueError(f"nodes must be more than {self.fixed} (got {nodes})")
        self.made = nodes - self.fixed
        self._seed = seed
        draws = self._uniform("kind")
        self.kind: Integers = np.searchsorted(np.cumsum(list(SHARES.values()))[:-1], draws, side="right")
        self._north, self._south = self._country_weights()
        self.seat: Integers = _pick(self._north + self._south, self._uniform("seat"))
        self.organisation_kind: Integers = (self._uniform("sort") * len(_KINDS)).astype(np.int64)
        self.sentence: Integers = (self._uniform("sentence") ** 1.5 * SENTENCES_MADE).astype(np.int64)
        self.year: Integers = 2000 + (self._uniform("year") ** 0.5 * 26).astype(np.int64)

    def _uniform(self, name: str, size: int | None = None) -> Floats:
        """Uniform draws of one purpose: more nodes only make the sequence longer."""
        stream = np.random.default_rng([self._seed, *name.encode()])
        return stream.random(self.made if size is None else size)

    def _country_weights(self) -> tuple[Floats, Floats]:
        """Zipf weights of developed and of developing countries, each 0 for the others."""
        order = np.random.default_rng(self._seed).permutation(len(self.countries))
        weights = 1.0 / (1.0 + order)
        developing = np.array([country.developing for country in self.countries])
        return np.where(developing, 0.0, weights), np.where(developing, weights, 0.0)

    @cached_property
    def organisation_nodes(self) -> Integers:
        """Nodes that are organisations."""
        return np.flatnonzero(self.kind == Kind.STAKEHOLDER)

    @cached_property
    def party_corner(self) -> Integers:
        """Party that each party stands for in a triangle: a country, or itself."""
        themselves = np.arange(len(self.countries) + MULTILATERALS)
        return np.concatenate([themselves, self.seat[self.organisation_nodes]])

    @cached_property
    def members(self) -> Members:
        """Participation in records, each party once in a capacity."""
        parts = [
            (*self._drawn(capacity.name, nodes, self._chances(capacity)), capacity)
            for capacity, nodes in self._slots()
        ]
        node = np.concatenate([part[0] for part in parts])
        party = np.concatenate([part[1] for part in parts])
        capacity = np.concatenate([np.full(len(part[0]), part[2], dtype=np.int64) for part in parts])
        _, first = np.unique((node * 8 + capacity) * (1 << 24) + party, return_index=True)
        return Members(node[first], party[first], capacity[first])

    def _slots(self) -> Iterator[tuple[Capacity, Integers]]:
        """Nodes in which each capacity has to be filled, a node as often as it has parties in it."""
        for kind, capacity in _ALONE.items():
            yield capacity, np.flatnonzero(self.kind == kind)
        partnerships = np.flatnonzero(self.kind == Kind.PARTNERSHIP)
        for capacity, exponent, fewest, most in _ROLES:
            draws = self._uniform(f"parties {capacity.name}")[partnerships]
            counts = np.floor((1 - draws) ** (-1 / exponent)).astype(np.int64) - 1 + fewest
            yield capacity, np.repeat(partnerships, np.minimum(counts, most))

    def _chances(self, capacity: Capacity) -> tuple[Floats, float]:
        """Weights of the countries, and the chance of a multilateral instead."""
        if capacity is Capacity.FACILITATING:
            return self._north + 0.2 * self._south, 0.5
        if capacity is Capacity.OFFERS:
            return self._north + self._south, 0.2
        if capacity is Capacity.SHARES:
            return 0.3 * self._north + self._south, 0.05
        return self._south + 0.02 * self._north, 0.0

    def _drawn(self, name: str, nodes: Integers, chances: tuple[Floats, float]) -> tuple[Integers, Integers]:
        weights, multilateral = chances
        draw = [self._uniform(f"{name} {step}", len(nodes)) for step in range(4)]
        country = _pick(weights, draw[0])
        party = country.copy()
        mine = self.organisation_nodes
        owner = self.seat[mine]
        for place in np.unique(country):
            chosen = np.flatnonzero((country == place) & (draw[1] < BELONGS_TO_ORGANISATION))
            own = np.flatnonzero(owner == place)
            existing = np.searchsorted(mine[own], nodes[chosen])
            chosen, existing = chosen[existing > 0], existing[existing > 0]
            # The cube makes the first organisations of a country take part most often.
            pick = own[(existing * draw[2][chosen] ** 3).astype(np.int64)]
            party[chosen] = len(self.countries) + MULTILATERALS + pick
        weights_beyond: Floats = 1.0 / (1.0 + np.arange(MULTILATERALS, dtype=np.float64))
        beyond = draw[3] < multilateral
        party[beyond] = len(self.countries) + _pick(weights_beyond, draw[2][beyond])
        return nodes, party

    @cached_property
    def topics(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """Indices of the clusters and of the SDGs of every node."""
        cluster, sdg = sentence_topics(len(self.clusters), GOALS)
        return (
            self._two(cluster[self.sentence], len(self.clusters), "clusters"),
            self._two(sdg[self.sentence], GOALS, "sdgs"),
        )

    def _two(self, first: Integers, size: int, name: str) -> list[tuple[int, ...]]:
        second = (self._uniform(f"{name} second") * size).astype(np.int64)
        both = (self._uniform(f"{name} both") < _SECOND_TOPIC) & (second != first)
        return [
            (one, two) if more else (one,)
            for one, two, more in zip(first.tolist(), second.tolist(), both.tolist(), strict=True)
        ]

    def party_ref(self, party: int) -> str:
        """Reference of a party."""
        place = party - len(self.countries)
        if place < 0:
            return self.countries[party].ref
        if place < MULTILATERALS:
            return f"stakeholder/multilateral-{place}"
        return f"stakeholder/organisation-{place - MULTILATERALS}"

    def organisation(self, node: int) -> tuple[str, str]:
        """(kind, reference of the seat) of an organisation."""
        return _KINDS[int(self.organisation_kind[node])], self.countries[int(self.seat[node])].ref

    def ref(self, node: int) -> str:
        """Reference of a record that is no party."""
        return f"{Kind(int(self.kind[node])).name.lower()}/{node}"

    def records(self, start: int, stop: int) -> list[int]:
        """Nodes from start to before stop that are records with parties."""
        found: list[int] = (start + np.flatnonzero(self.kind[start:stop] != Kind.STAKEHOLDER)).tolist()
        return found

    def parties(self, stop: int) -> Iterator[Party]:
        """Multilaterals, and the organisations among the first nodes."""
        first = len(self.countries)
        for place in range(MULTILATERALS):
            yield stakeholder_party(self.party_ref(first + place), StakeholderKind.MULTILATERAL, None)
        for place, node in enumerate(self.organisation_nodes[self.organisation_nodes < stop].tolist()):
            kind, seat = self.organisation(node)
            yield stakeholder_party(self.party_ref(first + MULTILATERALS + place), kind, seat)

    def members_of(self, start: int, stop: int) -> Iterator[tuple[int, list[tuple[str, Capacity]]]]:
        """Records from start to before stop with their parties."""
        low, high = np.searchsorted(self.members.node, [start, stop])
        rows = [
            values[low:high].tolist()
            for values in (self.members.node, self.members.party, self.members.capacity)
        ]
        place = 0
        for node in self.records(start, stop):
            found = []
            while place < len(rows[0]) and rows[0][place] == node:
                found.append((self.party_ref(rows[1][place]), Capacity(rows[2][place])))
                place += 1
            yield node, found

    def evidence(self, start: int, stop: int) -> Iterator[Evidence]:
        """The records from start to before stop as a projection holds them."""
        clusters, sdgs = self.topics
        for node, parties in self.members_of(start, stop):
            yield Evidence(
                self.ref(node),
                content_hash(self.ref(node)),
                tuple(parties),
                tuple(self.clusters[index] for index in clusters[node]),
                tuple(self.sdgs[index] for index in sdgs[node]),
            )


def counted(graph: SyntheticGraph, start: int, stop: int) -> list[int]:
    """Nodes from start to before stop that speak for partners."""
    found: list[int] = (start + np.flatnonzero(np.isin(graph.kind[start:stop], _COUNTED))).tolist()
    return found


def content_hash(ref: str) -> str:
    """What stands for the hash of an invented record's content."""
    return f"synthetic-{ref}"


def _pick(weights: Floats, draws: Floats) -> Integers:
    """Indices drawn by weight."""
    total = np.cumsum(weights)
    picked: Integers = np.searchsorted(total, draws * total[-1], side="right").astype(np.int64)
    return np.minimum(picked, len(total) - 1)
