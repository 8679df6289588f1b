"""Countries by any code or name: what resolves, what must not, and what the error says."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph_model.errors import NotFoundError
from graph_model.nodes import Country
from ingest.countries import (
    LONGEST_QUERY,
    CountryName,
    CountryResolver,
    KnownCountry,
    NameKind,
    UnknownCountryError,
    default_resolver,
    fold_name,
)

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
RESOLVER = default_resolver()
with (ROOT / "ingest" / "demo" / "country.csv").open(encoding="utf-8", newline="") as file:
    COUNTRIES = list(csv.DictReader(file))
OWN_NAMES = [(row["id"], row[key]) for row in COUNTRIES for key in row if key.startswith("name_")]
SHARED_NAMES = {
    *("coree", "corea", "korea", "корея", "كوريا"),
    *("virgin islands", "iles vierges", "islas virgenes"),
    *("saint martin", "san martin"),
}
EVERY_NAME = [
    (row["id"], name)
    for row in COUNTRIES
    for name in RESOLVER.names(row["id"])
    if fold_name(name) not in SHARED_NAMES
]
WRITTEN: list[Callable[[str], str]] = [str, str.upper, str.lower, str.title, "  {}. ".format]


@given(
    st.sampled_from(EVERY_NAME),
    st.sampled_from(WRITTEN),
)
def test_every_name_in_every_language_means_its_own_country(
    named: tuple[str, str], written: Callable[[str], str]
) -> None:
    iso3, name = named
    if len(name) > 3:
        assert RESOLVER.resolve(written(name)).iso3 == iso3


def test_no_name_is_lost_to_another_country() -> None:
    lost = [(iso3, name) for iso3, name in OWN_NAMES + EVERY_NAME if RESOLVER.resolve(name).iso3 != iso3]
    assert lost == []


def test_every_code_means_its_own_country() -> None:
    for row in COUNTRIES:
        written = {row["id"], row["id"].lower(), row["iso2"], row["m49"], row["m49"].lstrip("0")}
        written.add(f"country/{row['id']}")
        written -= {"", "and", "are", "can", "per"}
        assert {RESOLVER.resolve(code).iso3 for code in written} == {row["id"]}


@given(st.text(max_size=2 * LONGEST_QUERY))
def test_no_text_makes_it_raise(text: str) -> None:
    resolution = RESOLVER.resolve(text)
    assert resolution.iso3 is None or resolution.suggestions == ()
    RESOLVER.split_list(text)


@pytest.mark.parametrize("text", ["9" * 5000, "²", "٤٠٤", "\ud800", "(", "Kenya" * 1000, "\x00", "country/"])
def test_odd_texts_are_unknown_countries(text: str) -> None:
    assert RESOLVER.resolve(text).iso3 is None


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("Niger", "NER"),
        ("Niger (the)", "NER"),
        ("Nigeria", "NGA"),
        ("Nigéria", "NGA"),
        ("Guinea", "GIN"),
        ("Guinea-Bissau", "GNB"),
        ("Guinea Bissau", "GNB"),
        ("Equatorial Guinea", "GNQ"),
        ("Guinée équatoriale", "GNQ"),
        ("Papua New Guinea", "PNG"),
        ("Dominica", "DMA"),
        ("Dominican Republic", "DOM"),
        ("República Dominicana", "DOM"),
        ("Congo", "COG"),
        ("Republic of the Congo", "COG"),
        ("Democratic Republic of the Congo", "COD"),
        ("Congo (the Democratic Republic of the)", "COD"),
        ("Congo, Dem. Rep.", "COD"),
        ("DRC", "COD"),
        ("RDC", "COD"),
        ("刚果（金）", "COD"),
        ("Republic of Korea", "KOR"),
        ("Korea, Rep.", "KOR"),
        ("Korea (the Democratic People's Republic of)", "PRK"),
        ("Korea, Dem. People's Rep.", "PRK"),
        ("Georgia", "GEO"),
        ("South Georgia and the South Sandwich Islands", "SGS"),
        ("Sudan", "SDN"),
        ("South Sudan", "SSD"),
        ("Samoa", "WSM"),
        ("American Samoa", "ASM"),
        ("Ireland", "IRL"),
        ("Austria", "AUT"),
        ("Australia", "AUS"),
        ("Slovakia", "SVK"),
        ("Slovenia", "SVN"),
        ("Mali", "MLI"),
        ("Malawi", "MWI"),
        ("Mauritania", "MRT"),
        ("Mauritius", "MUS"),
        ("Iran", "IRN"),
        ("Iraq", "IRQ"),
        ("IRAN, ISLAMIC REPUBLIC OF", "IRN"),
        ("Egypt, Arab Rep.", "EGY"),
        ("Bahamas, The", "BHS"),
        ("Cote d’Ivoire", "CIV"),
        ("Ivory Coast", "CIV"),
        ("Swaziland", "SWZ"),
        ("Burma", "MMR"),
        ("Turkey", "TUR"),
        ("UAE", "ARE"),
        ("U.S.A.", "USA"),
        ("Lao PDR", "LAO"),
        ("Palestine/Gaza", "PSE"),
        ("occupied Palestinian territory", "PSE"),
        ("كِينْيَا", "KEN"),
        ("الاردن", "JOR"),
        ("КИРГИЗИЯ", "KGZ"),
    ],
)
def test_names_that_are_easily_confused(text: str, iso3: str) -> None:
    assert RESOLVER.resolve(text).iso3 == iso3


@pytest.mark.parametrize(
    "text", ["", "GLOBAL", "South Georgia", "Guine", "Nigerr", "no", "na", "N/A", "Kenyan", "Africa"]
)
def test_what_is_no_country_is_never_guessed(text: str) -> None:
    assert RESOLVER.resolve(text).iso3 is None


def test_a_misspelt_name_is_an_error_that_suggests() -> None:
    with pytest.raises(UnknownCountryError) as caught:
        RESOLVER.require("Nigera", field="beneficiary")
    problem = caught.value.problems[0]
    assert (problem.field, problem.value) == ("beneficiary", "Nigera")
    assert "Nigeria (NGA) or Niger (NER)" in problem.reason
    assert len(caught.value.resolution.suggestions) <= 3


def test_a_name_that_two_countries_share_is_an_error_that_names_both() -> None:
    resolution = RESOLVER.resolve("Korea")
    assert resolution.iso3 is None
    assert resolution.candidates == ("KOR", "PRK")
    assert "(KOR)" in resolution.problem("country").reason
    assert "(PRK)" in resolution.problem("country").reason


@pytest.mark.parametrize(
    ("cell", "codes", "left"),
    [
        ("AFG,BTN, KHM", ("AFG", "BTN", "KHM"), ()),
        ("Kenya; Uganda and Tanzania", ("KEN", "UGA", "TZA"), ()),
        ("Trinidad and Tobago, Antigua and Barbuda and Oman", ("TTO", "ATG", "OMN"), ()),
        ("Bonaire, Sint Eustatius and Saba, Peru", ("BES", "PER"), ()),
        ("Kenya, Korea, Rep., Uganda", ("KEN", "KOR", "UGA"), ()),
        ("Kenya, Uganda, and Rwanda", ("KEN", "UGA", "RWA"), ()),
        ("Sénégal et Côte d’Ivoire", ("SEN", "CIV"), ()),
        ("Perú y Bolivia", ("PER", "BOL"), ()),
        ("Кения и Уганда", ("KEN", "UGA"), ()),
        ("肯尼亚和刚果民主共和国", ("KEN", "COD"), ()),
        ("كينيا وأوغندا والبوسنة والهرسك", ("KEN", "UGA", "BIH"), ()),
        ("Kenya, Atlantis; KEN\nFJI", ("KEN", "FJI"), ("Atlantis",)),
        ("Guinea, Guinea-Bissau, Equatorial Guinea", ("GIN", "GNB", "GNQ"), ()),
        ("Congo, Democratic Republic of the Congo", ("COG", "COD"), ()),
        ("Korea and Japan", ("JPN",), ("Korea",)),
        (" ; , ", (), ()),
    ],
)
def test_lists_of_countries(cell: str, codes: tuple[str, ...], left: tuple[str, ...]) -> None:
    countries = RESOLVER.split_list(cell)
    assert countries.resolved == codes
    assert tuple(part.text for part in countries.unresolved) == left


@example([("EGY", "埃及")], "; ")
@example([("EGY", "埃及"), ("KEN", "肯尼亚")], "及")
@given(st.lists(st.sampled_from(OWN_NAMES), min_size=1, max_size=5), st.sampled_from(["; ", "\n", " | "]))
def test_lists_of_any_names_come_back_whole(named: list[tuple[str, str]], separator: str) -> None:
    countries = RESOLVER.split_list(separator.join(name for _, name in named))
    assert countries.resolved == tuple(dict.fromkeys(iso3 for iso3, _ in named))
    assert countries.unresolved == ()


def test_masking_hides_names_demonyms_and_capital() -> None:
    hidden = RESOLVER.names_to_mask("CIV")
    assert {"Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast", "Ivorian", "Ivorians", "Yamoussoukro"} <= {
        *hidden
    }
    assert {"科特迪瓦", "كوت ديفوار", "Кот-д'Ивуар"} <= {*hidden}
    assert [len(name) for name in hidden] == sorted((len(name) for name in hidden), reverse=True)
    with pytest.raises(NotFoundError, match="XXX"):
        RESOLVER.names_to_mask("XXX")


def test_every_un_member_has_a_demonym_to_mask() -> None:
    members = [row["id"] for row in COUNTRIES if row["un_member"] == "true"]
    with (ROOT / "ingest" / "country_names.csv").open(encoding="utf-8", newline="") as file:
        named = {row["iso3"] for row in csv.DictReader(file) if row["kind"] == "demonym"}
    assert [iso3 for iso3 in members if iso3 not in named] == []


def test_no_name_is_longer_than_a_query_may_be() -> None:
    assert max(len(name) for _, name in EVERY_NAME) < LONGEST_QUERY


def test_made_from_records_of_the_graph() -> None:
    fiji = Country(
        id="FJI",
        source="test",
        name={"en": "Fiji"},
        iso2="FJ",
        region="Oceania",
        subregion="Melanesia",
        developing=True,
    )
    resolver = CountryResolver(
        [KnownCountry.from_record(fiji)], [CountryName("FJI", "en", "Fijian", NameKind.DEMONYM)]
    )
    assert resolver.resolve("fiji").iso3 == "FJI"
    assert resolver.resolve("Fijian").iso3 is None
    assert resolver.names_to_mask("FJI") == ("Fijians", "Fijian", "Fiji")


def test_two_records_with_one_name_are_never_a_guess() -> None:
    resolver = CountryResolver(
        [KnownCountry(iso3, None, None, {"en": "Avalon"}, None) for iso3 in ("AAV", "BAV")]
    )
    assert resolver.resolve("avalon").candidates == ("AAV", "BAV")


def test_resolves_the_codes_and_names_of_the_real_sources() -> None:
    undp = SHARED / "undp_south_south" / "projects_2023-06-21.csv"
    iati = SHARED / "iati_south_south" / "activities.jsonl"
    if not (undp.exists() and iati.exists()):
        pytest.skip(f"the real sources are not in {SHARED}")
    unknown: set[str] = set()
    with undp.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for column in ("Host/Recipient Country/ies", "Provider Country/ies"):
                unknown.update(part.text for part in RESOLVER.split_list(row[column]).unresolved)
    with iati.open(encoding="utf-8") as file:
        for line in file:
            codes = json.loads(line).get("recipient_country_code") or []
            unknown.update(code for code in codes if RESOLVER.resolve(code).iso3 is None)
    assert unknown == {"ZAM", "GLOBAL", "XX"}
