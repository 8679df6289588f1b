"""The columns of the flat table of partnerships: what collections of good practice ask for.

Texts and names are in the asked language; where a record has none in it, in its original language, else in
English, else in any that there is. Several values of one cell are parted by a semicolon and a space.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from export.parties import NamedPartnership
from export.plain import without_unwritable
from graph_model.nodes import Cluster, Stakeholder, SustainableDevelopmentGoal
from graph_model.record import Record
from graph_model.relationships import Role
from graph_model.text import in_language
from graph_model.vocabulary import node_iri

DEFAULT_LANGUAGE: Final = "en"
_SEPARATOR: Final = "; "

Value = str | list[str]
Read = Callable[[NamedPartnership, str, str], Value]
"""Of (partnership, language, public base)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    read: gives its value. width: in characters. date: it holds partial dates. last_day: those mean the last
    day of their year or month, not the first.
    """

    name: str
    description: str
    read: Read
    width: int = 20
    date: bool = False
    last_day: bool = False

    def text(self, partnership: NamedPartnership, language: str, public_base: str) -> str:
        """The text of the cell, without characters that no file can hold."""
        value = self.read(partnership, language, public_base)
        return without_unwritable(value if isinstance(value, str) else _SEPARATOR.join(value))


def _text(field: str) -> Read:
    def read(partnership: NamedPartnership, language: str, _: str) -> str:
        texts: dict[str, str] = getattr(partnership.record, field)
        return in_language(texts, language, partnership.record.original_language)[0] if texts else ""

    return read


def _field(name: str) -> Read:
    def read(partnership: NamedPartnership, _: str, __: str) -> Value:
        value = getattr(partnership.record, name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, list) else str(value or "")

    return read


def _title_language(partnership: NamedPartnership, language: str, _: str) -> str:
    record = partnership.record
    return in_language(record.title, language, record.original_language)[1]


def _iri(partnership: NamedPartnership, _: str, public_base: str) -> str:
    return node_iri(partnership.record.ref, public_base)


def _modality(partnership: NamedPartnership, _: str, __: str) -> list[str]:
    return [modality.value for modality in partnership.public.modalities]


def _clusters(partnership: NamedPartnership, language: str, _: str) -> list[str]:
    return _names(partnership.each(partnership.record.clusters, Cluster), language)


def _sdgs(partnership: NamedPartnership, language: str, _: str) -> list[str]:
    goals = partnership.each(partnership.record.sdgs, SustainableDevelopmentGoal)
    goals.sort(key=lambda goal: (int(goal.id.partition(".")[0]), goal.id))
    return [f"{goal.id} {_name(goal, language)}" for goal in goals]


def _contacts(partnership: NamedPartnership, language: str, _: str) -> list[str]:
    organisations = {party.ref: party for role in Role for party in partnership.organisations(role)}
    return [f"{_name(each, language)}: {each.website}" for each in organisations.values() if each.website]


def _modified(partnership: NamedPartnership, _: str, __: str) -> str:
    return partnership.public.modified_at.date().isoformat()


def _countries(role: Role) -> Read:
    return lambda partnership, language, _: _names(partnership.countries(role), language)


def _country_codes(role: Role) -> Read:
    return lambda partnership, _, __: [country.id for country in partnership.countries(role)]


def _organisations(role: Role) -> Read:
    return lambda partnership, language, _: _names(partnership.organisations(role), language)


def _names(records: Iterable[Record], language: str) -> list[str]:
    return [_name(record, language) for record in records]


def _name(record: Record, language: str) -> str:
    name = in_language(record.heading, language, record.original_language)[0]
    if isinstance(record, Stakeholder) and record.acronym and record.acronym not in name:
        return f"{name} ({record.acronym})"
    return name


def _of_role(role: Role) -> tuple[Column, ...]:
    who = f"{role.value} parties"
    return (
        Column(
            f"{role.value}_countries",
            f"Countries that are {who}, or where organisations that are {who} are based; an organisation of "
            "many states counts for none.",
            _countries(role),
        ),
        Column(
            f"{role.value}_iso3", "The same countries as ISO 3166-1 alpha-3 codes.", _country_codes(role), 12
        ),
        Column(f"{role.value}_organisations", f"Organisations that are {who}.", _organisations(role), 30),
    )


COLUMNS: Final = (
    Column("title", "Title.", _text("title"), 40),
    Column("title_language", "ISO 639 code of the language that the title is in.", _title_language, 8),
    Column("challenge", "The problem that it set out to solve.", _text("challenge"), 50),
    Column("solution", "What was done.", _text("description"), 50),
    Column("results", "What it achieved.", _text("results"), 50),
    Column("modality", "south-south, triangular or north-south, from the parties.", _modality, 14),
    Column(
        "private_sector", "Whether the private sector takes part: true or false.", _field("private_sector"), 8
    ),
    *(column for role in Role for column in _of_role(role)),
    Column("clusters", "Thematic clusters.", _clusters, 30),
    Column("sdgs", "Sustainable Development Goals and targets: code and short title.", _sdgs, 30),
    Column("themes", "Themes in the words of the source.", _field("themes")),
    Column("start", "Start, as precise as known.", _field("start"), 12, date=True),
    Column("end", "End, as precise as known.", _field("end"), 12, date=True, last_day=True),
    Column("contacts", "Organisations that take part, with their web sites.", _contacts, 30),
    Column("links", "Web pages about it.", _field("links"), 30),
    Column("source", "Where the record comes from.", _field("source")),
    Column("source_identifier", "Its identifier there.", _field("source_identifier"), 14),
    Column("licence", "Licence or terms under which the source gives it.", _field("licence")),
    Column(
        "authenticity",
        "real, derived or illustrative: an illustrative one did not take place.",
        _field("authenticity"),
        12,
    ),
    Column(
        "original_language",
        "ISO 639 code of the language that it was written in.",
        _field("original_language"),
        8,
    ),
    Column("modified", "Day on which the record last changed.", _modified, 12, date=True),
    Column("iri", "Permanent address of the record.", _iri, 40),
)
