"""Parties and the corners of a triangle that they stand for.

A multilateral stakeholder is a corner of its own; every other stakeholder stands for its country, so that an
office, a ministry and a university of one country meet in one corner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_model.nodes import Country, Stakeholder, StakeholderKind
from graph_model.record import Record

BEYOND_COUNTRIES: Final = (StakeholderKind.MULTILATERAL, StakeholderKind.REGIONAL_IP_OFFICE)
"""Kinds of stakeholder that belong to no single country."""

_INCOME_STEP = {"low": 0.0, "lower-middle": 1.0, "upper-middle": 2.0, "high": 3.0}
_MOST_LANGUAGES = 3
_EARTH_RADIUS_KM = 6_371.0


@dataclass(frozen=True, slots=True)
class Party:
    """A country or stakeholder that may take part.

    corner: reference of the corner it stands for, None while its country is unknown.
    """

    ref: str
    corner: str | None
    private: bool


def party_of(record: Record) -> Party:
    """The party that a country's or a stakeholder's record describes."""
    if isinstance(record, Stakeholder):
        return stakeholder_party(record.ref, record.kind, record.country)
    return Party(record.ref, record.ref, private=False)


def stakeholder_party(ref: str, kind: str, country: str | None) -> Party:
    """The party that a stakeholder of this kind and country is."""
    corner = ref if kind in BEYOND_COUNTRIES else country
    return Party(ref, corner, private=kind == StakeholderKind.COMPANY)


class Corners:
    """Every possible corner with the facts that path features compare. Countries come first."""

    def __init__(self, countries: Iterable[Country]) -> None:
        known = sorted(countries, key=lambda country: country.ref)
        self.refs: list[str] = [country.ref for country in known]
        self.index: dict[str, int] = {ref: place for place, ref in enumerate(self.refs)}
        self.countries = len(known)
        self.subregions: list[str] = sorted({country.subregion for country in known})
        place = {name: index for index, name in enumerate(self.subregions)}
        self.subregion: NDArray[np.int32] = np.array([place[c.subregion] for c in known], dtype=np.int32)
        regions = {name: index for index, name in enumerate(sorted({c.region for c in known}))}
        self.region: NDArray[np.int32] = np.array([regions[c.region] for c in known], dtype=np.int32)
        self.developing: NDArray[np.bool_] = np.array([c.developing for c in known], dtype=bool)
        self.multilateral: NDArray[np.bool_] = np.zeros(len(known), dtype=bool)
        self.income: NDArray[np.float32] = np.array(
            [_INCOME_STEP.get(c.income or "", np.nan) for c in known], dtype=np.float32
        )
        self.shares_language = _shares_language(known)
        self.kilometres = _great_circle(known)

    def add_multilateral(self, ref: str) -> None:
        """Add a multilateral organisation as a corner; known ones are left alone."""
        if ref not in self.index:
            self.index[ref] = len(self.refs)
            self.refs.append(ref)
            self.multilateral = np.append(self.multilateral, True)
            self.developing = np.append(self.developing, False)

    def __len__(self) -> int:
        return len(self.refs)

    @property
    def northern(self) -> NDArray[np.bool_]:
        """Whether each corner is a developed country."""
        return ~self.developing & ~self.multilateral


def _shares_language(countries: list[Country]) -> NDArray[np.bool_]:
    codes = sorted({code for c in countries for code in c.languages[:_MOST_LANGUAGES]})
    spoken = np.array(
        [[code in c.languages[:_MOST_LANGUAGES] for code in codes] for c in countries], dtype=np.float32
    ).reshape(len(countries), len(codes))
    shared: NDArray[np.bool_] = spoken @ spoken.T > 0
    return shared


def _great_circle(countries: list[Country]) -> NDArray[np.float32]:
    """Great-circle distances in km by the haversine formula; NaN where a position is unknown."""
    degrees = [
        (c.latitude if c.latitude is not None else np.nan, c.longitude if c.longitude is not None else np.nan)
        for c in countries
    ]
    latitude, longitude = np.radians(np.array(degrees, dtype=np.float64).reshape(-1, 2)).T
    half = (
        np.sin((latitude[:, None] - latitude) / 2) ** 2
        + np.cos(latitude[:, None]) * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    distance: NDArray[np.float32] = (2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))).astype(np.float32)
    return distance
