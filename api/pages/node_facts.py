"""What the fields of a record say that are no texts, type by type, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.pages.page import Page
from api.pages.reference import Reference
from graph_model.derive.payload import PUBLIC_PRIVATE
from graph_model.direction import harmless
from graph_model.messages import N_
from graph_model.modality import Modality
from graph_model.nodes import (
    Cluster,
    Country,
    Need,
    Offer,
    Partnership,
    Practice,
    Stakeholder,
    SustainableDevelopmentGoal,
)
from graph_model.record import Record

_COUNTRY_GROUPS: Final = (
    "developing",
    "least_developed",
    "landlocked_developing",
    "small_island_developing",
    "un_member",
)
SAME_ELSEWHERE: Final = N_("The same in other vocabularies")
NEARLY_SAME_ELSEWHERE: Final = N_("Nearly the same in other vocabularies")
READ_MORE: Final = N_("Read more")


@dataclass(frozen=True, slots=True)
class Value:
    """One value. address: of what it names, empty where it is only said. outside: on another site."""

    text: str
    address: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A label in the reader's language, and what is to be said under it."""

    label: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class FactSource:
    """What facts are taken from. modalities: of a partnership, from its published parties."""

    page: Page
    reference: Reference
    modalities: Sequence[Modality]

    def say(self, label: str, *texts: str | None) -> Fact:
        """A fact of plain values; those that are None or empty are left out."""
        values = [Value(harmless(text)) for text in texts if text]
        return Fact(self.page.language.gettext(label), values)

    def links(self, label: str, addresses: Iterable[str]) -> Fact:
        """A fact of addresses of other sites."""
        values = [Value(harmless(each), each, outside=True) for each in addresses]
        return Fact(self.page.language.gettext(label), values)

    def record(self, label: str, ref: str | None) -> Fact:
        """A fact that names a country, cluster or goal; empty where that is not published."""
        type_name, _, id_ = (ref or "").partition("/")
        known: Mapping[str, Mapping[str, Record]] = {
            "country": self.reference.countries,
            "cluster": self.reference.clusters,
            "sdg": self.reference.sdgs,
        }
        if ref is None or id_ not in known.get(type_name, {}):
            return Fact(label, [])
        name = harmless(self.reference.name(ref, self.page.language))
        return Fact(self.page.language.gettext(label), [Value(name, self.page.url(f"/{ref}"))])

    def date(self, label: str, value: str | None) -> Fact:
        """A date as precise as it is known."""
        return self.say(label, self.page.language.partial_date(value) if value else None)


def facts_of(record: Record, modalities: Sequence[Modality], page: Page, reference: Reference) -> list[Fact]:
    """The facts of a record, without those that have nothing to say."""
    source = FactSource(page, reference, modalities)
    return [fact for fact in _FACTS[type(record)](record, source) if fact.values]


def _country(record: Country, source: FactSource) -> list[Fact]:
    label, language = source.page.label, source.page.language
    regions = (record.region, record.subregion)
    return [
        source.say(N_("Region"), *(label("region", name) for name in dict.fromkeys(regions))),
        source.say(N_("Income"), label("income", record.income) if record.income else None),
        source.say(
            N_("Country groups"), *(label("group", name) for name in _COUNTRY_GROUPS if getattr(record, name))
        ),
        source.say(N_("Languages"), *(language.language_name(code) for code in record.languages)),
        source.say(N_("Capital"), record.capital),
        source.say("ISO 3166-1", record.id, record.iso2),
        source.say("UN M49", record.m49),
    ]


def _stakeholder(record: Stakeholder, source: FactSource) -> list[Fact]:
    return [
        source.say(N_("Sort of organisation"), source.page.label("kind", record.kind)),
        source.record(N_("Country"), record.country),
        source.say(N_("Acronym"), record.acronym),
        source.say(N_("Other names"), *record.aliases),
        source.links(N_("Web site"), [record.website] if record.website else []),
    ]


def _cluster(record: Cluster, source: FactSource) -> list[Fact]:
    return [
        source.record(N_("Part of"), record.broader),
        source.links(SAME_ELSEWHERE, record.exact_match),
        source.links(NEARLY_SAME_ELSEWHERE, record.close_match),
    ]


def _sdg(record: SustainableDevelopmentGoal, source: FactSource) -> list[Fact]:
    return [
        source.say(N_("Number"), record.id),
        source.record(N_("Part of"), record.broader),
        source.links(SAME_ELSEWHERE, record.exact_match),
    ]


def _need(record: Need, source: FactSource) -> list[Fact]:
    label = source.page.label
    return [source.say(N_("Resources asked for"), *(label("resource", each) for each in record.resources))]


def _offer(record: Offer, source: FactSource) -> list[Fact]:
    label = source.page.label
    return [source.say(N_("Resources offered"), *(label("resource", each) for each in record.resources))]


def _practice(record: Practice, source: FactSource) -> list[Fact]:
    return [source.links(READ_MORE, record.links)]


def _partnership(record: Partnership, source: FactSource) -> list[Fact]:
    modalities = [each.value for each in source.modalities]
    modalities += [PUBLIC_PRIVATE] if record.private_sector else []
    return [
        source.say(N_("Modality"), *(source.page.label("modality", each) for each in modalities)),
        source.date(N_("Start"), record.start),
        source.date(N_("End"), record.end),
        source.say(N_("Themes in the words of its source"), *record.themes),
        source.links(READ_MORE, record.links),
    ]


_FACTS: Final[Mapping[type[Record], Callable[..., list[Fact]]]] = {
    Country: _country,
    Stakeholder: _stakeholder,
    Cluster: _cluster,
    SustainableDevelopmentGoal: _sdg,
    Need: _need,
    Offer: _offer,
    Practice: _practice,
    Partnership: _partnership,
}
