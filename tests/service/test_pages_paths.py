"""The pages of triangles: the form, the proposals with their evidence, comparing, explaining, downloads."""

import csv
import io
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from openpyxl import load_workbook

from api.pages.labels import LABELS
from api.pages.triangle_picture import wrapped
from graph_model.errors import UnavailableError
from graph_model.nodes import Country, Need, Partnership, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Participation, Role
from graph_model.text import UN_LANGUAGES
from search.requests import PathRequest
from tests.service.api_fixtures import Api, api_over
from tests.service.small_instances import SmallInstances

COFFEE: dict[str, Any] = {"q": "a protected label of origin for coffee", "beneficiary": "KEN"}
PAIR = "country/BRA,stakeholder/wipo"
HOSTILE = '<script>alert("x")</script>\u202etxet'
MORE_PARTNERS = [
    Stakeholder(
        id="jpo",
        name={"en": "Japan Patent Office"},
        kind=StakeholderKind.IP_OFFICE,
        country="country/JPN",
        source="test",
    ),
    Partnership(
        id="tea-origin",
        title={"en": "An origin name for mountain tea"},
        description={"en": "Growers of tea register a label of origin, as coffee growers did."},
        clusters=["cluster/geographical-indications"],
        authenticity=Authenticity.ILLUSTRATIVE,
        start="2021",
        parties=[
            Participation(party="country/KEN", role=Role.BENEFICIARY),
            Participation(party="country/VNM", role=Role.PIVOTAL),
            Participation(party="stakeholder/jpo", role=Role.FACILITATING),
        ],
        source="test",
    ),
]


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        """Values of an attribute, wherever it stands."""
        return [str(attrs[attribute]) for _, attrs in self.elements if attribute in attrs]


def read(api: Api, path: str, status: int = 200, **parameters: Any) -> Page:
    answer = api.client.get(path, params=parameters or None)
    assert answer.status_code == status, answer.text
    return Page(answer.text)


@pytest.fixture
def paths(small_instances: SmallInstances, small_world: Sequence[Record]) -> Api:
    """The small graph, with two more partners and an index in step."""
    api = api_over(small_instances.instance([*small_world, *MORE_PARTNERS]))
    api.instance.catch_up()
    return api


def test_the_form_stands_alone_until_something_is_asked(paths: Api) -> None:
    page = read(paths, "/en/paths")
    assert "paths-form" in page.values("id")
    assert not page.values("data-triangle")
    assert not page.values("role").count("alert")


def test_proposals_show_corners_evidence_and_a_score_that_sums(paths: Api) -> None:
    for language in UN_LANGUAGES:
        _check_proposals(paths, language)


def _check_proposals(paths: Api, language: str) -> None:
    page = read(paths, f"/{language}/paths", **COFFEE)
    answer = paths.instance.paths.find(PathRequest.model_validate({**COFFEE, "lang": language}))
    partners = [(path.pivotal.id, path.facilitating.id if path.facilitating else "") for path in answer.paths]
    assert page.values("data-triangle") == [",".join(pair) for pair in partners]
    assert PAIR in page.values("data-triangle")
    for item in answer.paths[0].evidence:
        assert item.text in page.text
        assert f"/{language}/{item.nodes[-1]}" in page.values("href")
    features = set(page.values("data-feature"))
    assert features == {name for path in answer.paths for name in path.contributions} - {"baseline"}


def test_every_feature_of_the_model_has_a_name_and_a_help(paths: Api) -> None:
    model = paths.instance.paths.model
    names = {"baseline", *(f"pivotal.{name}" for name in model.pivotal)}
    names |= {f"facilitating.{name}" for name in model.facilitating} | {f"pair.{name}" for name in model.pair}
    assert names <= set(LABELS["feature"])
    assert names <= set(LABELS["feature_help"])


def test_the_picture_says_in_words_what_it_shows(paths: Api) -> None:
    page = read(paths, "/en/paths", **COFFEE)
    assert "Pivotal partner: Brazil." in page.text
    assert "Between Kenya and Brazil:" in page.text
    assert page.values("role").count("img") == len(page.values("data-triangle"))


def test_south_south_has_two_corners(paths: Api) -> None:
    page = read(paths, "/en/paths", **COFFEE, modality="south-south")
    assert "country/BRA" in page.values("data-triangle")
    assert set(page.values("data-side")) == {"beneficiary-pivotal"}


def test_illustrative_evidence_is_marked(paths: Api) -> None:
    html = paths.client.get("/en/paths", params=COFFEE).text
    card = re.search(r'<article[^>]*data-triangle="country/VNM,country/JPN".*?</article>', html, re.S)
    assert card is not None
    assert "badge-illustrative" in card[0]


def test_a_partner_can_be_left_out_and_let_in_again(paths: Api) -> None:
    first = read(paths, "/en/paths", **COFFEE)
    leave_out = next(
        str(attrs["href"]) for _, attrs in first.elements if attrs.get("data-exclude") == "country/BRA"
    )
    without = read(paths, leave_out)
    assert PAIR not in without.values("data-triangle")
    assert "country/BRA" in without.values("data-excluded")
    let_in = next(
        str(attrs["href"]) for _, attrs in without.elements if attrs.get("data-excluded") == "country/BRA"
    )
    assert read(paths, let_in).values("data-triangle") == first.values("data-triangle")


def test_a_registered_need_brings_its_country(paths: Api) -> None:
    page = read(paths, "/en/paths", need="coffee-label")
    assert page.values("data-triangle")
    assert "/en/need/coffee-label" in page.values("href")
    assert "Protecting the name of mountain coffee" in page.text


MISTAKES: list[tuple[dict[str, Any], int, str]] = [
    ({"q": "coffee", "need": "coffee-label"}, 422, "q"),
    ({"q": "c" * 2_001}, 422, "q"),
    ({"need": "unknown"}, 404, "need"),
    ({"q": "coffee", "beneficiary": "XXX"}, 404, "beneficiary"),
    ({"q": "coffee", "beneficiary": "kenya"}, 422, "beneficiary"),
    ({"q": "coffee", "modality": "both"}, 422, "modality"),
    ({"q": "coffee", "exclude": "everyone"}, 422, "exclude"),
    ({"q": "coffee", "limit": "many"}, 422, "limit"),
]


def test_a_mistake_is_told_at_its_field(paths: Api) -> None:
    for parameters, status, field in MISTAKES:
        page = read(paths, "/fr/paths", status, **parameters)
        assert f"problem-{field}" in page.values("id")
        assert "paths-form" in page.values("id")


def test_an_empty_answer_says_why_and_what_to_do(paths: Api) -> None:
    page = read(paths, "/en/paths", **COFFEE, cluster="unknown")
    assert "nothing-found" in page.values("id")
    assert "in the themes that you chose" in page.text
    assert any("cluster" not in href and "q=" in href for href in page.values("href"))


def test_stores_that_cannot_be_reached_keep_what_was_typed(
    paths: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_request: PathRequest) -> None:
        raise UnavailableError("the graph cannot be reached")

    monkeypatch.setattr(paths.instance.paths, "find", unreachable)
    answer = paths.client.get("/en/paths", params=COFFEE)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert COFFEE["q"] in answer.text


def test_pairs_stand_side_by_side(paths: Api) -> None:
    page = read(paths, "/en/paths/compare", **COFFEE, pair=[PAIR, "country/VNM,country/JPN", "country/FRA"])
    assert page.values("scope").count("col") == 3
    assert "Similar work" in page.text
    assert "An origin name for mountain tea" in page.text
    assert "not in the graph" in page.text


def test_comparing_nothing_says_how_to_choose(paths: Api) -> None:
    assert "nothing-chosen" in read(paths, "/en/paths/compare", **COFFEE).values("id")


def test_a_rank_is_explained_with_what_it_hangs_on(paths: Api) -> None:
    page = read(paths, "/en/paths/explain", **COFFEE, pivotal="country/BRA", facilitating="stakeholder/wipo")
    assert "By score alone it stands in place" in page.text
    assert any("coffee-partnership" in href for href in page.values("href"))


REASONS = [
    ("country/JPN", "stakeholder/wipo", "Japan is no developing country"),
    ("country/BRA", "country/VNM", "Viet Nam is a developing country"),
    ("country/BRA", "", "needs a facilitating partner"),
    ("country/KEN", "stakeholder/wipo", "Kenya is the beneficiary"),
    ("stakeholder/wipo", "country/JPN", "World Intellectual Property Organization is no country"),
]


def test_why_not_another_partner(paths: Api) -> None:
    for pivotal, facilitating, reason in REASONS:
        page = read(paths, "/en/paths/explain", **COFFEE, pivotal=pivotal, facilitating=facilitating)
        assert reason in page.text


def test_an_excluded_partner_is_named_as_the_reason(paths: Api) -> None:
    parameters = COFFEE | {
        "exclude": "country/BRA",
        "pivotal": "country/BRA",
        "facilitating": "stakeholder/wipo",
    }
    assert "You left Brazil out" in read(paths, "/en/paths/explain", **parameters).text


def test_csv_holds_what_the_page_shows(paths: Api) -> None:
    answer = paths.client.get("/en/paths.csv", params=COFFEE)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    row = next(row for row in rows if row["Pivotal partner"] == "Brazil")
    parts = list(row.values())[11:]
    assert sum(map(float, parts)) == pytest.approx(float(row["Score"]), abs=0.01)
    assert "/partnership/coffee-partnership" in row["Addresses of the evidence"]


def test_the_workbook_holds_numbers_and_the_question(paths: Api) -> None:
    answer = paths.client.get("/ar/paths.xlsx", params=COFFEE)
    workbook = load_workbook(io.BytesIO(answer.content))
    proposals, question = workbook.worksheets
    assert proposals.sheet_view.rightToLeft
    assert proposals["C2"].value
    assert isinstance(proposals["I2"].value, float)
    assert COFFEE["q"] in {cell.value for row in question.rows for cell in row}


def test_linked_data_of_the_same_proposals_is_a_click_away(paths: Api) -> None:
    page = read(paths, "/en/paths", **COFFEE)
    address = next(str(a["href"]) for _, a in page.elements if a.get("data-download") == "jsonld")
    answer = paths.client.get(address)
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert json.loads(answer.content)


def test_a_download_with_a_mistake_leads_back_to_the_form(paths: Api) -> None:
    answer = paths.client.get("/en/paths.csv", params={"q": "x", "limit": "0"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/en/paths?")


def test_hostile_names_and_questions_do_no_harm(paths: Api) -> None:
    paths.instance.store.write(
        [
            Country(
                id="BRA",
                name={"en": f"=1+1{HOSTILE}"},
                region="Americas",
                subregion="South America",
                developing=True,
                source="test",
            )
        ]
    )
    paths.instance.catch_up()
    for path in ("/en/paths", "/en/paths/compare", "/en/paths/explain"):
        more = {"pair": PAIR, "pivotal": "country/BRA", "facilitating": "stakeholder/wipo"}
        html = paths.client.get(path, params={**COFFEE, **more, "q": f"coffee origin {HOSTILE}"}).text
        assert "<script>alert" not in html
        assert " style=" not in html
    picture = re.search(r"<svg class=\"picture\".*?</svg>", html, re.S)
    assert picture is not None
    assert "\u202e" not in re.sub(r"<(title|desc).*?</\1>", "", picture[0], flags=re.S)
    rows = list(csv.reader(io.StringIO(paths.client.get("/en/paths.csv", params=COFFEE).text)))
    assert any(cell.startswith("'=1+1") for row in rows for cell in row)


def test_drafts_are_named_nowhere(paths: Api) -> None:
    draft = Need(
        id="secret",
        title={"en": "A secret need for coffee"},
        description={"en": "Not to be seen."},
        sought_by=["stakeholder/kipi"],
        status=Status.DRAFT,
        source="test",
    )
    hidden = Stakeholder(
        id="hidden",
        name={"en": "Hidden Organisation"},
        kind=StakeholderKind.MULTILATERAL,
        status=Status.DRAFT,
        source="test",
    )
    paths.instance.store.write([draft, hidden])
    paths.instance.catch_up()
    assert "A secret need" not in read(paths, "/en/paths", 404, need="secret").text
    for path in ("/en/paths", "/en/paths/explain"):
        answer = paths.client.get(path, params={**COFFEE, "exclude": "stakeholder/hidden"})
        assert "Hidden Organisation" not in answer.text


def test_long_names_are_wrapped_to_fit_the_picture() -> None:
    assert wrapped("United Republic of Tanzania", 17, 3) == ["United Republic", "of Tanzania"]
    assert wrapped("坦桑尼亚联合共和国", 8, 3) == ["坦桑尼亚", "联合共和", "国"]
    assert wrapped("a" * 20, 8, 2) == ["aaaaaaaa", "aaaaaaa…"]
    assert wrapped("\u202eKenya\u2066", 8, 2) == ["Kenya"]
