"""The service under test, the kinds of its pages, and signing in to it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from playwright.sync_api import Page

from graph_model.text import UN_LANGUAGES


@dataclass(frozen=True, slots=True)
class Site:
    """A running service. base: its address without a path; token: a facilitator's."""

    base: str
    token: str

    def url(self, language: str, path: str = "/", **parameters: str) -> str:
        """The address of a page in a language."""
        return f"{self.base}/{language}{path}" + (f"?{urlencode(parameters)}" if parameters else "")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page and one example of it.

    languages: those in which it is opened. path: ``{withdrawn}`` stands for a record that was withdrawn,
    ``{pairs}`` for two triangles to compare.
    """

    name: str
    path: str
    status: int = 200
    signed_in: bool = False
    languages: tuple[str, ...] = UN_LANGUAGES


QUESTION: Final = {
    "en": "a geographical indication for the tea of our highlands",
    "fr": "une indication géographique pour le thé de nos montagnes",
    "es": "una indicación geográfica para el té de nuestras montañas",
    "ar": "مؤشر جغرافي لشاي مرتفعاتنا",
    "ru": "географическое указание для чая наших гор",
    "zh": "我们高地茶叶的地理标志",
}
ASKED: Final = urlencode({"q": QUESTION["en"], "beneficiary": "KEN"})

SPARQL_QUERY: Final = "SELECT ?record ?type ?label { ?record a ?type ; ?named ?label } LIMIT 40"

KINDS: Final = (
    Kind("search", "/"),
    Kind("results", f"/?{urlencode({'q': QUESTION['en']})}"),
    Kind("nothing-found", "/?q=tea&type=need&country=FRA&modality=triangular"),
    Kind("paths-form", "/paths"),
    Kind("paths", f"/paths?{ASKED}&limit=2"),
    Kind("paths-ten", f"/paths?{ASKED}", languages=("en",)),
    Kind("compare", f"/paths/compare?{ASKED}&{{pairs}}"),
    Kind("explain", f"/paths/explain?{ASKED}&pivotal=country%2FIND"),
    Kind("country", "/country/KEN"),
    Kind("stakeholder", "/stakeholder/kipi-ke"),
    Kind("cluster", "/cluster/geographical-indications"),
    Kind("sdg", "/sdg/2"),
    Kind("need", "/need/tea-indication-kenya"),
    Kind("offer", "/offer/beverage-indications-india"),
    Kind("practice", "/practice/argan-cooperatives"),
    Kind("partnership", "/partnership/new-rice-for-africa-nerica"),
    Kind("countries", "/countries?region=Oceania"),
    Kind("countries-all", "/countries", languages=("en",)),
    Kind("clusters", "/clusters"),
    Kind("export", "/export"),
    Kind("sparql", "/sparql"),
    Kind("sparql-answer", f"/sparql?{urlencode({'query': SPARQL_QUERY})}"),
    Kind("sparql-refused", "/sparql?query=SELEC", status=400),
    Kind("help", "/help"),
    Kind("sign-in", "/sign-in"),
    Kind("register", "/register?status=any", signed_in=True),
    Kind("register-form", "/register/need", signed_in=True),
    Kind("register-edit", "/register/offer/beverage-indications-india", signed_in=True),
    Kind("register-withdraw", "/register/offer/beverage-indications-india/withdraw", signed_in=True),
    Kind("not-found", "/need/there-is-no-such-need", status=404),
    Kind("gone", "/{withdrawn}", status=410),
    Kind("wrong-fields", "/?offset=-1", status=422),
)


def sign_in(page: Page, site: Site, language: str) -> None:
    """Sign in as the facilitator; ends on the page of registration."""
    page.goto(site.url(language, "/sign-in"))
    page.fill("#token", site.token)
    page.press("#token", "Enter")
    page.wait_for_url(f"**/{language}/register")
