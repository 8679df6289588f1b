"""Triangles as pages show them: corners, sides with their evidence, and the parts of the score as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.pages.languages import ReaderLanguage
from api.pages.page import Page
from api.pages.triangle_form import pair_of
from api.pages.triangle_picture import CornerText, Picture, most_named, picture_of
from search.answers import Corner, Evidence, Path

PARTS: Final = ("baseline", "pivotal", "facilitating", "pair")
"""What a score is made of: the start, then the features of each partner and of both together."""
SIDES: Final = ("beneficiary-pivotal", "pivotal-facilitating", "beneficiary-facilitating")
_STRONG: Final = 3.0
_MODERATE: Final = 1.5
_TOGETHER: Final = 1.0
_SAME_FIELD: Final = 0.25
_THINNEST: Final = 2.0
_THICKER: Final = 1.5
_STRONGEST_DRAWN: Final = 6.0
_LEAST_SHOWN: Final = 0.01
_LEFT_TO_RIGHT: Final = "\u2066"
_END: Final = "\u2069"
_AUTHENTICITIES: Final = ("real", "derived", "illustrative")


@dataclass(frozen=True, slots=True)
class CornerView:
    """A corner with its role. ref: None where the question names no beneficiary."""

    role: str
    ref: str | None
    name: str
    organisations: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class SideView:
    """One side with its evidence.

    strength: a partnership of both counts 1, a record like the need its similarity, another record in the
    same field a quarter. level: strong, moderate or weak.
    """

    edge: str
    ends: tuple[str, str]
    evidence: tuple[Evidence, ...]
    strength: float

    @property
    def level(self) -> str:
        if self.strength >= _STRONG:
            return "strong"
        return "moderate" if self.strength >= _MODERATE else "weak"

    @property
    def thickness(self) -> float:
        """In units of the picture."""
        return round(_THINNEST + _THICKER * min(self.strength, _STRONGEST_DRAWN), 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """A value as a bar from zero. start, width: in percent of the scale, zero: where zero lies on it."""

    name: str
    value: float
    start: float
    width: float
    zero: float


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one partner, or the two together, add to the score. features: the largest first."""

    total: Bar
    features: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class TriangleView:
    """A proposal as a card shows it. rank: None where it is shown for itself."""

    rank: int | None
    path: Path
    title: str
    corners: tuple[CornerView, ...]
    sides: tuple[SideView, ...]
    parts: tuple[ScorePart, ...]
    picture: Picture
    description: str
    probability: str
    authenticities: tuple[str, ...]

    @property
    def pair(self) -> str:
        """The partners as they stand in an address."""
        return pair_of(self.path.pivotal.id, self.path.facilitating.id if self.path.facilitating else None)

    @property
    def identity(self) -> str:
        """For ids of elements."""
        return self.pair.replace("/", "-").replace(",", "-").replace(".", "_")

    @property
    def partners(self) -> tuple[CornerView, ...]:
        return self.corners[1:]

    def side(self, edge: str) -> SideView | None:
        """The side between two roles, None where there is none."""
        return next((each for each in self.sides if each.edge == edge), None)


@dataclass(frozen=True, slots=True)
class Scale:
    """From the lowest to the highest value; zero lies on it."""

    lowest: float
    highest: float

    @classmethod
    def over(cls, values: Sequence[float]) -> "Scale":
        """The scale that holds these values and zero."""
        return cls(min([0.0, *values]), max([_LEAST_SHOWN, *values]))

    def bar(self, name: str, value: float) -> Bar:
        """A value on this scale."""
        span = self.highest - self.lowest
        start, end = sorted(((0 - self.lowest) / span, (value - self.lowest) / span))
        zero = -self.lowest / span
        return Bar(name, value, round(100 * start, 1), round(100 * (end - start), 1), round(100 * zero, 1))


def triangles(paths: Sequence[Path], page: Page, *, ranked: bool = True) -> list[TriangleView]:
    """The proposals as cards, their bars on one scale, so that cards can be compared."""
    totals = Scale.over([value for path in paths for value in _totals(path).values()])
    features = Scale.over(
        [value for path in paths for name, value in path.contributions.items() if name != "baseline"]
    )
    return [
        _triangle(rank if ranked else None, path, page, totals, features)
        for rank, path in enumerate(paths, 1)
    ]


def part_of(feature: str) -> str:
    """The part of the score that a feature belongs to."""
    return feature.partition(".")[0]


def percent(probability: float, language: ReaderLanguage) -> str:
    """A probability as a whole percentage; below one, what it is below."""
    if probability < _LEAST_SHOWN:
        return language.gettext("under {percent}").format(percent=language.percent(_LEAST_SHOWN))
    return language.percent(probability)


def signed(value: float, language: ReaderLanguage) -> str:
    """A contribution or score, isolated so that its sign keeps its side in right-to-left text."""
    return (
        f"{_LEFT_TO_RIGHT}{language.signed(value)}{_END}"
        if language.direction == "rtl"
        else language.signed(value)
    )


def _triangle(rank: int | None, path: Path, page: Page, totals: Scale, features: Scale) -> TriangleView:
    corners = _corners(path, page)
    sides = _sides(path, corners)
    found = {item.authenticity for item in path.evidence}
    return TriangleView(
        rank=rank,
        path=path,
        title=page.language.joined([corner.name for corner in corners[1:]]),
        corners=corners,
        sides=sides,
        parts=_parts(path, totals, features),
        picture=_picture(corners, sides, page),
        description=_description(corners, sides, page),
        probability=percent(path.probability, page.language),
        authenticities=tuple(each for each in _AUTHENTICITIES if each in found),
    )


def _corners(path: Path, page: Page) -> tuple[CornerView, ...]:
    given = [("beneficiary", path.beneficiary), ("pivotal", path.pivotal)]
    if path.facilitating is not None:
        given.append(("facilitating", path.facilitating))
    return tuple(_corner(role, corner, page) for role, corner in given)


def _corner(role: str, corner: Corner | None, page: Page) -> CornerView:
    if corner is None:
        return CornerView(role, None, page.language.gettext("The country that has the need"), ())
    others = tuple(each for each in corner.stakeholders if each["id"] != corner.id)
    return CornerView(role, corner.id, corner.name, others)


def _sides(path: Path, corners: Sequence[CornerView]) -> tuple[SideView, ...]:
    by_role = {corner.role: corner for corner in corners}
    found = []
    for edge in SIDES:
        evidence = tuple(item for item in path.evidence if item.edge == edge)
        if evidence:
            first, second = (by_role[role] for role in edge.split("-"))
            own = {second.ref, *(each["id"] for each in second.organisations)}
            strength = sum(_weight(item, own) for item in evidence)
            found.append(SideView(edge, (first.name, second.name), evidence, strength))
    return tuple(found)


def _weight(item: Evidence, own: set[str | None]) -> float:
    """own: the parties that stand for the partner at the end of the side."""
    if item.similarity is not None:
        return max(item.similarity, 0.0)
    return _TOGETHER if set(item.nodes[:-1]) - own else _SAME_FIELD


def _totals(path: Path) -> dict[str, float]:
    totals = dict.fromkeys(PARTS if path.facilitating else PARTS[:2], 0.0)
    for name, value in path.contributions.items():
        totals[part_of(name)] += value
    return totals


def _parts(path: Path, totals: Scale, features: Scale) -> tuple[ScorePart, ...]:
    parts = []
    for part, total in _totals(path).items():
        own = [
            (name, value)
            for name, value in path.contributions.items()
            if part_of(name) == part and name != part
        ]
        own.sort(key=lambda item: -abs(item[1]))
        parts.append(
            ScorePart(totals.bar(part, total), tuple(features.bar(name, value) for name, value in own))
        )
    return tuple(parts)


def _picture(corners: Sequence[CornerView], sides: Sequence[SideView], page: Page) -> Picture:
    gettext, number = page.language.gettext, page.language.number
    texts = [
        CornerText(
            corner.role,
            page.label("role", corner.role),
            corner.name,
            [each["name"] for each in corner.organisations],
            gettext("and {count} more").format(count=number(len(corner.organisations) - most_named())),
        )
        for corner in corners
    ]
    drawn = [(side.edge, side.thickness, number(len(side.evidence))) for side in sides]
    return picture_of(texts, drawn, right_to_left=page.language.direction == "rtl")


def _description(corners: Sequence[CornerView], sides: Sequence[SideView], page: Page) -> str:
    """The picture in words."""
    gettext = page.language.gettext
    sentences = [
        gettext("{role}: {name}.").format(role=page.label("role", corner.role), name=corner.name)
        for corner in corners
    ]
    for side in sides:
        text = gettext("Between {first} and {second}: {count} records, {strength}.")
        sentences.append(
            text.format(
                first=side.ends[0],
                second=side.ends[1],
                count=page.language.number(len(side.evidence)),
                strength=page.label("strength", side.level),
            )
        )
    return " ".join(sentences)
