"""IATI organisation identifiers: OECD DAC's channel and donor codes, and the country in the others."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Final

from ingest.countries import CountryResolver

REFERENCES_CSV: Final = Path(__file__).parent / "iati_organisations.csv"
"""Columns reference (a code of CRSChannelCode, or a whole identifier) and party (``type/id``)."""
_CHANNEL: Final = re.compile(r"(?:XM-DAC-)?(\d{3}|\d{5}|41AAA)")
_COUNTRY_PREFIX: Final = re.compile(r"([A-Z]{2})[-–]")
_NOT_COUNTRIES: Final = frozenset({"XM", "XI", "XR"})
"""Prefixes that IATI gives to registers of no country."""


@cache
def _parties() -> dict[str, str]:
    with REFERENCES_CSV.open(encoding="utf-8", newline="") as file:
        return {row["reference"]: row["party"] for row in csv.DictReader(file)}


def party_of_reference(reference: str) -> str | None:
    """``type/id`` of an identifier that is known for certain, else None."""
    reference = reference.strip()
    channel = _CHANNEL.fullmatch(reference)
    return _parties().get(reference) or (_parties().get(channel[1]) if channel else None)


def country_of_reference(reference: str, countries: CountryResolver) -> str | None:
    """ISO alpha-3 code of the country whose register gave the identifier, ``KE-…``; None where none did."""
    match = _COUNTRY_PREFIX.match(reference.strip())
    if match is None or match[1] in _NOT_COUNTRIES:
        return None
    return countries.resolve(match[1]).iso3
