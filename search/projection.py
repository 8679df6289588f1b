"""The read-only projection of the graph that ranking works on.

One row a record, in flat arrays; beside them the path counts that every question needs, kept in step as rows
come and go. A changed record is a new row: the old one is taken back and forgotten.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import RLock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_model.nodes import Country
from search.bulk_counts import Incidence, joint_work, track_record
from search.evidence import Capacity, Evidence
from search.parties import Corners, Party
from search.ragged import RaggedArray
from search.track_record import Counts, TrackRecord, damped

_CAPACITY: Final = tuple(Capacity)
"""Each capacity in the place of its value: looked up far faster than ``Capacity(value)``."""
_CAPACITIES: Final = len(_CAPACITY)
TRACKED: Final = (
    Capacity.PIVOTAL,
    Capacity.FACILITATING,
    Capacity.BENEFICIARY,
    Capacity.OFFERS,
    Capacity.SHARES,
)
_CHECKSUM_MASK: Final = (1 << 64) - 1


def record_checksum(ref: str, content_hash: str) -> int:
    """64 bits of one record's state; the checksum of a set is their sum modulo 2**64."""
    return int.from_bytes(hashlib.sha256(f"{ref} {content_hash}".encode()).digest()[:8], "big")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    checksum: int
    private: bool


class Projection:
    """Countries, corners, evidence rows and path counts. Take ``lock`` while reading or writing."""

    def __init__(self, countries: Iterable[Country], parties: Iterable[Party] = ()) -> None:
        self.lock = RLock()
        self.corners = Corners(countries)
        self.clusters: dict[str, int] = {}
        self.sdgs: dict[str, int] = {}
        self.checksum = 0
        self._parties: dict[str, int] = {}
        self._party_refs: list[str] = []
        self._party_corner = np.full(1_024, -1, dtype=np.int32)
        self._party_private: list[bool] = []
        self._rows: dict[str, _Row] = {}
        self._refs: list[str] = []
        self._members = RaggedArray()
        self._topics = RaggedArray()
        self._rows_of_corner: dict[int, array[int]] = {}
        self._posted_rows: dict[int, NDArray[np.int32]] = {}
        self._left: set[int] = set()
        self.records: dict[Capacity, TrackRecord] = {
            capacity: TrackRecord(
                0, 0, self.corners.countries, len(self.corners.subregions), len(self.corners)
            )
            for capacity in TRACKED
        }
        self.together: Counts = np.zeros((self.corners.countries, len(self.corners)), dtype=np.float32)
        self._worked_together: NDArray[np.float64] | None = None
        self.private: Counts = np.zeros(len(self.corners), dtype=np.float32)
        for ref in self.corners.refs:
            self._add_party(Party(ref, ref, private=False))
        for party in parties:
            self.upsert_party(party)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, ref: str) -> bool:
        return ref in self._rows

    def upsert_party(self, party: Party) -> None:
        """Add a party, or move one that now stands for another corner, with all of its records."""
        with self.lock:
            known = self._parties.get(party.ref)
            if known is None:
                self._add_party(party)
                self._make_room()
                return
            corner = self._corner_index(party)
            if self._party_corner[known] == corner and self._party_private[known] == party.private:
                return
            rows = self._rows_of_party(known)
            for row in rows:
                self._count(row, -1)
            self._left.add(int(self._party_corner[known]))
            self._party_corner[known], self._party_private[known] = corner, party.private
            self._make_room()
            for row in rows:
                self._count(row, 1)
                self._post(row)

    def upsert(self, evidence: Evidence) -> None:
        """Add a record, or replace what it said before."""
        with self.lock:
            self.remove(evidence.ref)
            number = self._append(evidence)
            self._make_room()
            self._count(number, 1)
            self._post(number)

    def load(self, records: Iterable[Evidence]) -> None:
        """Add many records to an empty projection; the counts are then made in one go.

        Raises ValueError where the projection is not empty or a reference comes twice.
        """
        with self.lock:
            if self._rows:
                raise ValueError("only an empty projection can be loaded; use upsert")
            for evidence in records:
                if evidence.ref in self._rows:
                    raise ValueError(f"{evidence.ref} comes twice")
                self._append(evidence)
            self._make_room()
            incidence = self._incidence()
            sizes = (len(self.clusters), len(self.sdgs), self.corners)
            self.records = {capacity: track_record(incidence, capacity, *sizes) for capacity in TRACKED}
            self.together = joint_work(incidence, self.corners)
            self._worked_together = None
            self.private = np.bincount(incidence.private_corners, minlength=len(self.corners)).astype(
                np.float32
            )
            self._post_all(incidence)

    def remove(self, ref: str) -> None:
        """Take a record out; unknown ones are left alone."""
        with self.lock:
            row = self._rows.get(ref)
            if row is not None:
                self._count(row.number, -1)
                del self._rows[ref]
                self.checksum = (self.checksum - row.checksum) & _CHECKSUM_MASK

    @contextmanager
    def hiding(self, refs: Iterable[str]) -> Iterator[None]:
        """Inside, these records count for nothing; for evaluation and fitting. Holds the lock."""
        with self.lock:
            rows = [row.number for row in (self._rows.get(ref) for ref in refs) if row is not None]
            for row in rows:
                self._count(row, -1)
            try:
                yield
            finally:
                for row in rows:
                    self._count(row, 1)

    def row(self, ref: str) -> int | None:
        """The row of a record, None where it is not in the projection."""
        row = self._rows.get(ref)
        return None if row is None else row.number

    def ref(self, row: int) -> str:
        """The reference of the record in a row."""
        return self._refs[row]

    def members(
        self, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """For rows, aligned arrays (position in rows, corner, capacity), without parties of no corner."""
        positions, codes = self._members.gather(rows)
        corner = self._party_corner[codes // _CAPACITIES]
        known = corner >= 0
        return positions[known], corner[known].astype(np.int64), (codes % _CAPACITIES)[known].astype(np.int64)

    def parties(self, row: int) -> list[tuple[str, int, Capacity]]:
        """(reference, corner, capacity) of everyone in a row."""
        parties, capacities = np.divmod(self._members.row(row), _CAPACITIES)
        corners = self._party_corner[parties]
        return [
            (self._party_refs[party], corner, _CAPACITY[capacity])
            for party, corner, capacity in zip(
                parties.tolist(), corners.tolist(), capacities.tolist(), strict=True
            )
        ]

    def standing_for(self, asked: Sequence[tuple[int, Sequence[int]]]) -> list[dict[str, int]]:
        """For each row with corners: its parties that stand for one of the corners, reference to corner."""
        found: list[dict[str, int]] = [{} for _ in asked]
        rows = np.array([row for row, _ in asked], dtype=np.int64)
        positions, codes = self._members.gather(rows)
        parties = codes // _CAPACITIES
        corners = self._party_corner[parties]
        wanted = np.zeros(len(codes), dtype=bool)
        for place in range(max((len(each) for _, each in asked), default=0)):
            nth = [each[place] if place < len(each) else -1 for _, each in asked]
            wanted |= corners == np.array(nth, dtype=np.int64)[positions]
        wanted &= corners >= 0
        chosen = (positions[wanted].tolist(), parties[wanted].tolist(), corners[wanted].tolist())
        for position, party, corner in zip(*chosen, strict=True):
            found[position][self._party_refs[party]] = corner
        return found

    def topics(self, row: int) -> tuple[list[int], list[int]]:
        """(clusters, sdgs) of a row, as indices."""
        codes = self._topics.row(row).tolist()
        return [code // 2 for code in codes if not code % 2], [code // 2 for code in codes if code % 2]

    def rows_of(self, corner: int) -> NDArray[np.int64]:
        """Rows in which a corner stands in any capacity, newest last."""
        return np.array([*self.newest_rows(corner)][::-1], dtype=np.int64)

    def newest_rows(self, corner: int) -> Iterator[int]:
        """The same, newest first, as far as they are asked for."""
        return (row for row in map(int, self._posted(corner)[::-1]) if self._stands(corner, row))

    def newest_shared_rows(self, corner: int, other: int) -> Iterator[int]:
        """Rows in which both corners stand, newest first, as far as they are asked for."""
        few, many = sorted((self._posted(corner), self._posted(other)), key=len)
        if not len(few):
            return iter(())
        places = np.minimum(np.searchsorted(many, few), len(many) - 1)
        shared = few[many[places] == few]
        return (
            row for row in map(int, shared[::-1]) if self._stands(corner, row) and self._stands(other, row)
        )

    def _posted(self, corner: int) -> NDArray[np.int32]:
        """Rows in which a corner stands or stood, in rising order, each once."""
        known = self._posted_rows.get(corner)
        if known is None:
            rows = np.array(self._rows_of_corner.get(corner, ()), dtype=np.int32)
            # A party that moved to another corner brings earlier rows behind later ones.
            known = rows if (rows[1:] > rows[:-1]).all() else np.unique(rows)
            self._posted_rows[corner] = known
        return known

    def _stands(self, corner: int, row: int) -> bool:
        """Whether a posted row is the present one of its record, and the corner is still in it."""
        if self.row(self._refs[row]) != row:
            return False
        return corner not in self._left or len(self._capacities(row, corner)) > 0

    def capacities(self, row: int, corner: int) -> set[Capacity]:
        """In which capacities a corner stands in a row."""
        return {_CAPACITY[capacity] for capacity in self._capacities(row, corner).tolist()}

    def _capacities(self, row: int, corner: int) -> NDArray[np.int32]:
        codes = self._members.row(row)
        capacities: NDArray[np.int32] = codes[self._party_corner[codes // _CAPACITIES] == corner]
        return capacities % _CAPACITIES

    def corner_of(self, ref: str) -> int | None:
        """The corner that a country or stakeholder stands for, None where unknown."""
        party = self._parties.get(ref)
        return None if party is None or self._party_corner[party] < 0 else int(self._party_corner[party])

    @property
    def worked_together(self) -> NDArray[np.float64]:
        """log(1 + together), kept until a count changes. Read it only."""
        if self._worked_together is None:
            self._worked_together = np.log1p(self.together.astype(np.float64))
        return self._worked_together

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays (the dictionaries of references come on top)."""
        counts = sum(record.nbytes for record in self.records.values())
        return self._members.nbytes + self._topics.nbytes + counts + int(self.together.nbytes)

    def _append(self, evidence: Evidence) -> int:
        members = [self._party_index(ref) * _CAPACITIES + int(capacity) for ref, capacity in evidence.parties]
        topics = [self._topic(self.clusters, ref) * 2 for ref in evidence.clusters]
        topics += [self._topic(self.sdgs, ref) * 2 + 1 for ref in evidence.sdgs]
        number = self._members.append(members)
        self._topics.append(topics)
        self._refs.append(evidence.ref)
        checksum = record_checksum(evidence.ref, evidence.content_hash)
        self._rows[evidence.ref] = _Row(number, checksum, evidence.private)
        self.checksum = (self.checksum + checksum) & _CHECKSUM_MASK
        return number

    def _incidence(self) -> Incidence:
        """Who stands where in every row, of an unchanged projection."""
        rows = np.arange(len(self._refs), dtype=np.int64)
        position, codes = self._members.gather(rows)
        party, capacity = codes // _CAPACITIES, codes % _CAPACITIES
        corner = self._party_corner[party]
        flagged = np.array([self._rows[ref].private for ref in self._refs], dtype=bool)
        company = np.array(self._party_private, dtype=bool)[party]
        private = company | (flagged[position] & (capacity == Capacity.FACILITATING))
        known = corner >= 0
        topic_position, topics = self._topics.gather(rows)
        return Incidence(
            len(rows), position[known], corner[known], capacity[known], private[known], topic_position, topics
        )

    def _post_all(self, incidence: Incidence) -> None:
        order = np.argsort(incidence.corner, kind="stable")
        corners, starts = np.unique(incidence.corner[order], return_index=True)
        bounds = [*starts.tolist(), len(order)]
        for corner, (start, end) in zip(corners.tolist(), pairwise(bounds), strict=True):
            rows = np.unique(incidence.row[order[start:end]]).astype(np.int32)
            self._rows_of_corner[corner] = array("i", rows.tobytes())
        self._posted_rows.clear()

    def _post(self, row: int) -> None:
        for corner in {corner for _, corner, _ in self.parties(row) if corner >= 0}:
            self._rows_of_corner.setdefault(corner, array("i")).append(row)
            self._posted_rows.pop(corner, None)

    def _count(self, row: int, sign: int) -> None:
        """Add or take back everything that a row counts for."""
        by_capacity: dict[Capacity, set[int]] = {}
        private: set[int] = set()
        flagged = self._rows[self._refs[row]].private
        for code in self._members.row(row).tolist():
            party, capacity = divmod(code, _CAPACITIES)
            corner = int(self._party_corner[party])
            if corner >= 0:
                by_capacity.setdefault(Capacity(capacity), set()).add(corner)
                if self._party_private[party] or (flagged and capacity == Capacity.FACILITATING):
                    private.add(corner)
        clusters, sdgs = self.topics(row)
        countries = self.corners.countries
        beneficiaries = sorted(c for c in by_capacity.get(Capacity.BENEFICIARY, ()) if c < countries)
        subregions = self.corners.subregion[beneficiaries]
        for capacity, record in self.records.items():
            corners = sorted(by_capacity.get(capacity, ()))
            record.add(sign, corners, clusters, sdgs, beneficiaries, subregions)
        pivotal = sorted(c for c in by_capacity.get(Capacity.PIVOTAL, ()) if c < countries)
        facilitating = sorted(by_capacity.get(Capacity.FACILITATING, ()))
        if pivotal and facilitating:
            weight = sign * damped(len(pivotal)) * damped(len(facilitating))
            self.together[np.ix_(pivotal, facilitating)] += weight
            self._worked_together = None
        if private:
            self.private[sorted(private)] += sign

    def _make_room(self) -> None:
        corners, clusters, sdgs = len(self.corners), len(self.clusters), len(self.sdgs)
        first = self.records[Capacity.PIVOTAL]
        if (clusters, corners) != first.by_cluster.shape or sdgs != first.by_sdg.shape[0]:
            for record in self.records.values():
                record.grow(corners, clusters, sdgs)
        if corners > self.together.shape[1]:
            more = corners - self.together.shape[1]
            self.together = np.pad(self.together, ((0, 0), (0, more)))
            self._worked_together = None
            self.private = np.pad(self.private, (0, more))

    def _add_party(self, party: Party) -> int:
        index = len(self._party_refs)
        self._parties[party.ref] = index
        self._party_refs.append(party.ref)
        if index == len(self._party_corner):
            self._party_corner = np.concatenate([self._party_corner, np.full(index, -1, dtype=np.int32)])
        self._party_corner[index] = self._corner_index(party)
        self._party_private.append(party.private)
        return index

    def _corner_index(self, party: Party) -> int:
        if party.corner is None:
            return -1
        if party.corner == party.ref and party.ref not in self.corners.index:
            self.corners.add_multilateral(party.ref)
        return self.corners.index.get(party.corner, -1)

    def _party_index(self, ref: str) -> int:
        known = self._parties.get(ref)
        return self._add_party(Party(ref, None, private=False)) if known is None else known

    def _rows_of_party(self, party: int) -> Sequence[int]:
        found: set[int] = set()
        for capacity in Capacity:
            found.update(self._members.rows_with(party * _CAPACITIES + capacity).tolist())
        return [row for row in sorted(found) if self.row(self._refs[row]) == row]

    @staticmethod
    def _topic(known: dict[str, int], ref: str) -> int:
        return known.setdefault(ref, len(known))
