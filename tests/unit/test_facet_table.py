"""The facet table counts what a plain loop over the records counts, after any sequence of changes."""

from hypothesis import given
from hypothesis import strategies as some

from search.facet_table import FacetTable

KEYS = ("type", "countries")
payloads = some.fixed_dictionaries(
    {},
    optional={
        "type": some.sampled_from(["need", "offer"]),
        "countries": some.lists(some.sampled_from(["KEN", "BRA", "VNM"]), max_size=4),
        "content_hash": some.text(max_size=3),
    },
)
refs = some.sampled_from([f"need/{number}" for number in range(12)])
filters = some.dictionaries(
    some.sampled_from(KEYS), some.lists(some.sampled_from(["need", "KEN", "BRA", "absent"]), max_size=2)
)


@given(
    start=some.dictionaries(refs, payloads),
    changes=some.lists(some.tuples(refs, some.none() | payloads)),
    where=filters,
)
def test_counts_are_exact(
    start: dict[str, dict[str, object]],
    changes: list[tuple[str, dict[str, object] | None]],
    where: dict[str, list[str]],
) -> None:
    table = FacetTable(KEYS, start.items())
    records = dict(start)
    for ref, payload in changes:
        table.facet("countries", {})  # counts that are kept must not outlive the change
        if payload is None:
            table.remove(ref)
            records.pop(ref, None)
        else:
            table.put(ref, payload)
            records[ref] = payload
    matching = [
        payload
        for payload in records.values()
        if all(set(values(payload, key)) & set(wanted) for key, wanted in where.items())
    ]
    assert table.count(where) == len(matching)
    for key in KEYS:
        held = [value for payload in matching for value in set(values(payload, key))]
        assert table.facet(key, where) == {value: held.count(value) for value in held}


def values(payload: dict[str, object], key: str) -> list[str]:
    value = payload.get(key, [])
    return value if isinstance(value, list) else [str(value)]
