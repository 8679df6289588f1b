"""Exact facet counts in memory: for each value of each facet, the set of records that have it.

A set is one Python integer with a bit for each record, so that filtering is "and", joining values is "or",
and counting is a population count: bitmap indexes (O'Neil and Quass, "Improved query performance with variant
indexes", SIGMOD 1997).
"""

from collections.abc import Iterable, Mapping, Sequence

Values = Mapping[str, object]
Where = Mapping[str, Sequence[str]]


class FacetTable:
    """Facet values by record. Not safe to share between threads without a lock."""

    def __init__(self, keys: Sequence[str], payloads: Iterable[tuple[str, Values]] = ()) -> None:
        """keys: the facets; payloads: references with their payloads, of which other keys are left out."""
        self._sets: dict[str, dict[str, int]] = {key: {} for key in keys}
        self._totals: dict[str, dict[str, int]] = {}
        self._everything = 0
        self._bits: dict[str, int] = {}
        self._held: dict[str, dict[str, tuple[str, ...]]] = {}
        self._free: list[int] = []
        members: dict[str, dict[str, list[int]]] = {key: {} for key in keys}
        for bit, (ref, payload) in enumerate(payloads):
            self._bits[ref] = bit
            self._held[ref] = self._values(payload)
            for key, values in self._held[ref].items():
                for value in values:
                    members[key].setdefault(value, []).append(bit)
        # All bits of a set at once: setting them one by one copies the integer each time.
        self._sets = {
            key: {value: _integer(bits) for value, bits in by_value.items()}
            for key, by_value in members.items()
        }
        self._everything = (1 << len(self._bits)) - 1

    def put(self, ref: str, payload: Values) -> None:
        """Add a record, or replace its values."""
        values = self._values(payload)
        if self._held.get(ref) == values:
            return
        self.remove(ref)
        self._totals.clear()
        # Bits in use and free ones are together all below their number: the next one is new.
        bit = self._free.pop() if self._free else len(self._bits)
        self._bits[ref] = bit
        self._held[ref] = values
        self._everything |= 1 << bit
        for key, names in values.items():
            for name in names:
                self._sets[key][name] = self._sets[key].get(name, 0) | 1 << bit

    def remove(self, ref: str) -> None:
        """Remove a record; one that is not here is no error."""
        if ref not in self._bits:
            return
        self._totals.clear()
        bit = self._bits.pop(ref)
        self._free.append(bit)
        self._everything ^= 1 << bit
        for key, names in self._held.pop(ref).items():
            for name in names:
                self._sets[key][name] ^= 1 << bit

    def count(self, where: Where) -> int:
        """How many records have, for each key, any of the values."""
        return self._matching(where).bit_count()

    def facet(self, key: str, where: Where) -> dict[str, int]:
        """How many of the matching records have each value of the key; values that none has are left out."""
        if where:
            matching = self._matching(where)
            counts = ((value, (members & matching).bit_count()) for value, members in self._sets[key].items())
            return {value: count for value, count in counts if count}
        # Most searches have no filter, and their counts change with a write alone.
        if key not in self._totals:
            totals = ((value, members.bit_count()) for value, members in self._sets[key].items())
            self._totals[key] = {value: count for value, count in totals if count}
        return dict(self._totals[key])

    def _matching(self, where: Where) -> int:
        matching = self._everything
        for key, values in where.items():
            some = 0
            for value in values:
                some |= self._sets[key].get(value, 0)
            matching &= some
        return matching

    def _values(self, payload: Values) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key in self._sets:
            value = payload.get(key)
            several = value if isinstance(value, list) else [value]
            names = tuple(dict.fromkeys(name for name in several if isinstance(name, str)))
            if names:
                found[key] = names
        return found


def _integer(bits: Sequence[int]) -> int:
    packed = bytearray(max(bits) // 8 + 1)
    for bit in bits:
        packed[bit // 8] |= 1 << bit % 8
    return int.from_bytes(packed, "little")
