"""The export of partnerships as IATI activities."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from export.iati import write_activities
from export.iati_activity import Publisher, equal_shares
from export.parties import NamedPartnership
from graph_model.nodes import Partnership, StakeholderKind
from graph_model.record import Authenticity
from graph_model.relationships import Participation, Role
from ingest.sources.iati import IatiSource
from ingest.sources.rows import BadRow
from tests.unit.ingest_world import knowledge
from tests.unit.partnership_world import (
    BASE,
    demo_partnerships,
    named,
    one,
    organisation,
    parties,
    with_records,
)

SCHEMA = Path(__file__).parents[1] / "data" / "iati-2.03" / "iati-activities-schema.xsd"
TODAY = date(2026, 6, 1)
OWN = f"{{{BASE}/ns#}}"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMA)


def export(*partnerships: NamedPartnership, **options: Any) -> bytes:
    output = io.BytesIO()
    write_activities(partnerships, BASE, output, today=TODAY, **options)
    return output.getvalue()


def activity(**changes: Any) -> etree._Element:
    return exported(one(**changes))


def exported(partnership: NamedPartnership) -> etree._Element:
    element = etree.fromstring(export(partnership)).find("iati-activity")
    assert element is not None
    return element


def found(element: etree._Element, path: str) -> list[str]:
    values = element.xpath(path)
    assert isinstance(values, list)
    return [str(value) for value in values]


def organisations(element: etree._Element) -> list[tuple[str | None, ...]]:
    return [
        (each.findtext("narrative"), each.get("role"), each.get("type"), each.get(f"{OWN}role"))
        for each in element.iter("participating-org")
    ]


def imported(document: bytes, path: Path) -> list[Partnership]:
    path.write_bytes(document)
    source, known = IatiSource(), knowledge()
    rows = [row for row in source.read(path) if not isinstance(row, BadRow)]
    records = [source.convert(row, known).main for row in rows]
    return [record for record in records if isinstance(record, Partnership)]


def test_the_demo_is_valid_against_the_official_schema(schema: xmlschema.XMLSchema) -> None:
    demo = list(demo_partnerships())
    document = export(*demo)
    assert [str(error) for error in schema.iter_errors(io.BytesIO(document))] == []
    tree = etree.fromstring(document)
    dated = [each for each in demo if each.record.start or each.record.end]
    identifiers = [each.text for each in tree.iter("iati-identifier")]
    assert len(identifiers) == len(set(identifiers)) == len(dated)
    assert document.count(b"<!-- left out, it has no date: ") == len(demo) - len(dated)


def test_the_demo_keeps_the_rules_of_the_standard_beyond_its_schema() -> None:
    tree = etree.fromstring(export(*demo_partnerships()))
    for element in tree.iter("iati-activity"):
        for name in ("recipient-country", "sector"):
            shares = [round(100 * float(each.get("percentage", ""))) for each in element.iter(name)]
            assert not shares or sum(shares) == 100_00
        dates = {each.get("type"): each.get("iso-date", "") for each in element.iter("activity-date")}
        assert all(dates[kind] <= TODAY.isoformat() for kind in ("2", "4") if kind in dates)
        references = found(element, "participating-org/@ref | reporting-org/@ref")
        assert not any(set(reference) & set("/&|?") for reference in references)


def test_it_says_what_is_lost_and_who_reports() -> None:
    document = export(one(), publisher=Publisher("XM-DAC-99999", "A secretariat"))
    assert b"an organisation that benefits is accountable" in document
    tree = etree.fromstring(document)
    reporting = tree.find("iati-activity/reporting-org")
    assert reporting is not None
    assert (reporting.get("ref"), reporting.get("secondary-reporter")) == ("XM-DAC-99999", "1")
    assert tree.findtext("iati-activity/iati-identifier") == "XM-DAC-99999-origins"


def test_roles_become_those_of_iati_and_keep_their_own() -> None:
    office = organisation("office", "Coffee Office", kind=StakeholderKind.IP_OFFICE)
    record = one().record.model_copy(
        update={
            "parties": parties(
                (Role.BENEFICIARY, "country/UGA"),
                (Role.BENEFICIARY, "stakeholder/office"),
                (Role.PIVOTAL, "country/BRA"),
                (Role.FACILITATING, "stakeholder/undp"),
                (Role.IMPLEMENTING, "stakeholder/office"),
            )
        }
    )
    element = exported(named(record, with_records(office)))
    assert organisations(element) == [
        ("Coffee Office", "2", "10", "beneficiary"),
        ("Brazil", "4", "10", "pivotal"),
        ("United Nations Development Programme", "3", "40", "facilitating"),
        ("Coffee Office", "4", "10", "implementing"),
    ]
    recipients = [(each.get("code"), each.get("percentage")) for each in element.iter("recipient-country")]
    assert recipients == [("KE", "50.00"), ("UG", "50.00")]
    assert element.xpath("string(participating-org[3]/@ref)") == "XM-DAC-41114"


def test_a_party_that_may_not_be_named_is_not() -> None:
    hidden = one(parties=parties((Role.BENEFICIARY, "country/KEN"), (Role.PIVOTAL, "stakeholder/hidden")))
    assert organisations(exported(hidden)) == [("Kenya", "2", "10", "beneficiary")]
    nobody = one(parties=parties((Role.PIVOTAL, "stakeholder/hidden")))
    assert [name for name, *_ in organisations(exported(nobody))] == ["Not specified"]
    assert b"hidden" not in export(hidden, nobody)


@pytest.mark.parametrize(
    ("start", "end", "dates", "status"),
    [
        ("2019-02-03", "2021-11-30", [("2", "2019-02-03"), ("4", "2021-11-30")], "4"),
        ("2019", None, [("2", "2019-01-01")], "2"),
        (None, "2020-02", [("4", "2020-02-29")], "4"),
        ("2026", "2026", [("2", "2026-01-01"), ("3", "2026-12-31")], "2"),
        ("2027-05", "2028", [("1", "2027-05-01"), ("3", "2028-12-31")], "1"),
    ],
)
def test_dates_are_whole_and_planned_where_they_are_to_come(
    start: str | None, end: str | None, dates: list[tuple[str, str]], status: str
) -> None:
    element = activity(start=start, end=end)
    given = [(each.get("type"), each.get("iso-date")) for each in element.iter("activity-date")]
    assert given == dates
    assert element.xpath("string(activity-status/@code)") == status
    partial = [text for text in (start, end) if text and len(text) < 10]
    notes = found(element, "activity-date/narrative/text()")
    assert notes == [f"Known as {text} only." for text in partial]


def test_dates_of_the_parties_stand_in_for_missing_ones() -> None:
    party = Participation(party="country/KEN", role=Role.BENEFICIARY, from_="2015", to="2017")
    element = activity(start=None, end=None, parties=[party])
    assert element.xpath("activity-date/@iso-date") == ["2015-01-01", "2017-12-31"]


def test_collaboration_type_tells_triangular_cooperation() -> None:
    def code(*pairs: tuple[Role, str]) -> tuple[str, str]:
        element = activity(parties=parties(*pairs)).find("collaboration-type")
        assert element is not None
        return element.get("code", ""), element.get(f"{OWN}modality", "")

    kenya, brazil = (Role.BENEFICIARY, "country/KEN"), (Role.PIVOTAL, "country/BRA")
    assert code(kenya, brazil, (Role.FACILITATING, "country/JPN")) == ("8", "triangular")
    assert code(kenya, brazil) == ("1", "south-south")
    assert code(kenya, (Role.FACILITATING, "country/JPN")) == ("1", "north-south")
    assert code(kenya, (Role.FACILITATING, "stakeholder/undp")) == ("4", "north-south")


def test_identifiers_of_iati_are_kept_and_stay_unique() -> None:
    known = {"source": "IATI Datastore", "source_identifier": "XM-DAC-1-77"}
    first = one(id="a", **known)
    second = one(id="b", **known)
    second = NamedPartnership(second.record, second.public, second.named, first_of_source=False)
    foreign = one(id="c", source="another", source_identifier="77")
    tree = etree.fromstring(export(first, second, foreign))
    prefix = "trimatch.example.org-graph"
    identifiers = [each.text for each in tree.iter("iati-identifier")]
    assert identifiers == ["XM-DAC-1-77", f"{prefix}-b", f"{prefix}-c"]
    assert tree.xpath("//other-identifier/@ref") == ["XM-DAC-1-77", "77"]


def test_hostile_values_are_text_and_characters_that_xml_forbids_are_left_out(
    schema: xmlschema.XMLSchema,
) -> None:
    text = "<script>alert('1')</script> ]]> & \u202eevil\u2066 🌍 --> <!-- 中文"
    document = export(
        one(
            id="a--b---c",
            title={"en": f"{text}\ufffe\uffff\x1b"},
            results={"en": text},
            themes=[text],
            source_identifier=text,
            links=["https://example.org:99999999/", "https://example.org/a.PDF"],
        ),
        one(id="no--date---", start=None, end=None),
    )
    assert [str(error) for error in schema.iter_errors(io.BytesIO(document))] == []
    tree = etree.fromstring(document)
    assert tree.findtext("iati-activity/title/narrative") == text
    links = [(each.get("url"), each.get("format")) for each in tree.iter("document-link")]
    assert links == [("https://example.org/a.PDF", "application/pdf")]


def test_an_illustrative_activity_says_that_it_did_not_take_place() -> None:
    element = activity(authenticity=Authenticity.ILLUSTRATIVE)
    assert element.get(f"{OWN}authenticity") == "illustrative"
    texts = found(element, "description/narrative/text()")
    assert any("did not take place" in text for text in texts)


def test_an_empty_graph_gives_a_document_that_lacks_only_an_activity(schema: xmlschema.XMLSchema) -> None:
    document = export()
    assert len(etree.fromstring(document)) == 1
    (problem,) = schema.iter_errors(io.BytesIO(document))
    assert "Tag 'iati-activity' expected" in str(problem)


def test_what_is_not_lost_comes_back(tmp_path: Path) -> None:
    record = one(
        source="IATI Datastore",
        source_identifier="XX-1-COFFEE",
        themes=["Fair trade"],
        clusters=[],
        sdgs=["sdg/2"],
    ).record
    (back,) = imported(export(named(record, with_records())), tmp_path / "iati.xml")
    same = ("title", "description", "start", "end", "sdgs", "links", "themes", "source_identifier")
    assert {name: getattr(back, name) for name in same} == {name: getattr(record, name) for name in same}
    assert {(party.party, party.role) for party in back.parties} == {
        ("country/KEN", Role.BENEFICIARY),
        ("country/BRA", Role.IMPLEMENTING),
        ("stakeholder/undp", Role.FACILITATING),
    }


def test_the_parties_of_the_demo_come_back(tmp_path: Path) -> None:
    demo = [each for each in demo_partnerships() if each.record.start or each.record.end]
    back = imported(export(*demo), tmp_path / "iati.xml")
    assert len(back) == len(demo)
    kept, lost = set(), set()
    for each, record in zip(demo, back, strict=True):
        before, after = ({party.party for party in one.parties} for one in (each.record, record))
        kept |= {(record.id, party) for party in before & after}
        lost |= {(record.id, party) for party in before - after}
    # IATI has no place for an organisation's country, by which the reader tells offices of one name apart.
    assert not [party for _, party in lost if party.startswith("country/")]
    assert len(lost) / len(kept) < 0.01


@pytest.mark.parametrize("number", [0, 1, 3, 7, 193])
def test_equal_shares_sum_to_a_hundred(number: int) -> None:
    shares = equal_shares(number)
    assert len(shares) == number
    assert sum(round(100 * float(share)) for share in shares) == (100_00 if number else 0)
