"""Themes and sector codes of feeds to the clusters and SDGs of the graph; what fits none has none."""

import re
from collections.abc import Iterable
from typing import Final

_THEMES: Final = {
    "agriculture and food security": "food-agriculture",
    "health": "public-health",
    "energy": "clean-energy",
    "environment": "green-innovation",
    "climate change": "climate-technology",
    "climate": "climate-technology",
    "water": "water-technology",
    "culture": "creative-industries",
}
_SECTORS: Final = (
    ("14", "water-technology"),
    ("12", "public-health"),
    ("13", "public-health"),
    ("23", "clean-energy"),
    ("311", "food-agriculture"),
    ("312", "food-agriculture"),
    ("313", "food-agriculture"),
    ("41", "green-innovation"),
    ("16061", "creative-industries"),
    ("520", "food-agriculture"),
)
"""First digits of OECD DAC purpose codes (IATI codelist Sector)."""
_GOAL: Final = re.compile(r"(?:SDG\s*)?(\d{1,2})(?:\.\w{1,2})?", re.IGNORECASE)


def clusters_of_themes(themes: Iterable[str]) -> list[str]:
    """Cluster references of themes in words."""
    return sorted(
        {f"cluster/{_THEMES[key]}" for theme in themes if (key := theme.strip().casefold()) in _THEMES}
    )


def clusters_of_sectors(codes: Iterable[str]) -> list[str]:
    """Cluster references of OECD DAC purpose codes, three or five digits."""
    return sorted({f"cluster/{name}" for code in codes for start, name in _SECTORS if code.startswith(start)})


def goals_of(codes: Iterable[str]) -> list[str]:
    """References of SDG goals, ``sdg/3``, from codes such as ``SDG3``, ``3`` or ``3.b``."""
    goals = {int(match[1]) for code in codes if (match := _GOAL.fullmatch(code.strip()))}
    return [f"sdg/{goal}" for goal in sorted(goals) if 1 <= goal <= 17]
