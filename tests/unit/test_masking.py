"""No name of a country survives masking; other words do."""

import pytest

from ingest.countries import default_resolver
from ingest.demo_graph import demo_records
from ingest.masking import CountryMask


@pytest.fixture(scope="module")
def mask() -> CountryMask:
    return CountryMask(default_resolver(), [record.id for record in demo_records("country")])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Experts from Kenya helped Brazil's farmers", "Experts from helped farmers"),
        ("The Kenyan office in Nairobi", "The office in"),
        ("CHINA and Viet Nam share rice", "and share rice"),
        ("Democratic Republic of the Congo: health", ": health"),
        ("el Perú y la Côte d’Ivoire", "el y la"),
        ("a turkey farm and a chad", "a turkey farm and a chad"),
    ],
)
def test_names_demonyms_and_capitals_are_removed(mask: CountryMask, text: str, masked: str) -> None:
    assert mask(text) == masked
