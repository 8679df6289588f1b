"""Real services for the tests: one Neo4j for the whole run, Qdrant Edge and the default embedder.

TRIMATCH_TEST_NEO4J_URI and TRIMATCH_TEST_NEO4J_PASSWORD name a Neo4j to use instead of a managed one of the
run's own. EVERYTHING IN IT IS DELETED, which is why the settings of an instance do not name it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from graph_model.connection import Connection
from graph_model.local_server import LocalServer
from graph_model.nodes import (
    Cluster,
    Country,
    Need,
    Offer,
    Partnership,
    Practice,
    Resource,
    Stakeholder,
    StakeholderKind,
    SustainableDevelopmentGoal,
)
from graph_model.record import Record
from graph_model.relationships import Participation, Role
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder, load_embedder
from search.index_lifecycle import IndexLifecycle
from search.instance import Instance
from search.text_search import TextSearch
from search.universal_sentence_encoder import UniversalSentenceEncoder
from tests.service.small_instances import SmallInstances


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A running Neo4j, shared by every test of the run."""
    uri = os.environ.get("TRIMATCH_TEST_NEO4J_URI")
    password = os.environ.get("TRIMATCH_TEST_NEO4J_PASSWORD", "unset")
    home = tmp_path_factory.mktemp("neo4j-home")
    # Those that stop early record for the rest of the run; this one stops at its end.
    settings = Settings(
        home=home, neo4j_uri=uri, neo4j_password=SecretStr(password), neo4j_record_archive=False
    )
    server = LocalServer(settings)
    try:
        yield server.acquire()
    finally:
        server.release()


@pytest.fixture(scope="session")
def _open_store(connection: Connection) -> Iterator[Store]:
    store = Store(connection)
    store.ensure_schema()
    yield store
    store.close()


@pytest.fixture
def store(_open_store: Store) -> Store:
    """The store of an empty graph."""
    _open_store.update(("MATCH (n) DETACH DELETE n", {}))
    return _open_store


@pytest.fixture(scope="session")
def embedder() -> LoadedEmbedder:
    """The default embedder."""
    return load_embedder("usem3")


@pytest.fixture(scope="session")
def encoder() -> UniversalSentenceEncoder:
    """The default embedder's model, for programs that would load it anew in this process."""
    return UniversalSentenceEncoder()


@pytest.fixture(scope="session")
def load(embedder: LoadedEmbedder) -> Callable[[str], LoadedEmbedder]:
    """Gives the embedder that a setting names, without loading the default one again."""
    return lambda name: embedder if name == "usem3" else load_embedder(name)


def _settings_at(home: Path, connection: Connection) -> Settings:
    return Settings(
        home=home,
        embedder="usem3",
        qdrant_url=None,
        neo4j_uri=connection.uri,
        neo4j_user=connection.user,
        neo4j_password=SecretStr(connection.password),
        neo4j_database=connection.database,
    )


@pytest.fixture
def settings(connection: Connection, tmp_path: Path) -> Settings:
    """An instance of its own home on the shared Neo4j, with Qdrant Edge; nothing from the environment."""
    return _settings_at(tmp_path / "home", connection)


@pytest.fixture(scope="module")
def shared_settings(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same for an instance that every test of a module shares."""
    return _settings_at(tmp_path_factory.mktemp("shared") / "home", connection)


@pytest.fixture
def indexes(
    settings: Settings, store: Store, load: Callable[[str], LoadedEmbedder]
) -> Iterator[IndexLifecycle]:
    """The vector index of an empty graph; no thread follows, tests call catch_up."""
    lifecycle = IndexLifecycle(settings, store, load)
    yield lifecycle
    lifecycle.close()


@pytest.fixture
def text_search(indexes: IndexLifecycle, store: Store) -> TextSearch:
    """Search over the index of the test."""
    return TextSearch(indexes.active, store)


@pytest.fixture
def instance(settings: Settings, store: Store, load: Callable[[str], LoadedEmbedder]) -> Iterator[Instance]:
    """An open instance over an empty graph."""
    with Instance(settings, load) as opened:
        yield opened


@pytest.fixture(scope="module")
def small_instances(
    shared_settings: Settings,
    _open_store: Store,
    load: Callable[[str], LoadedEmbedder],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SmallInstances]:
    """What the tests of a module share until one of them writes."""

    def settings() -> Settings:
        return shared_settings.model_copy(update={"home": tmp_path_factory.mktemp("small") / "home"})

    world = SmallInstances(_open_store, settings, load)
    yield world
    world.close()


@pytest.fixture(scope="session")
def small_world() -> list[Record]:
    """A graph in which every record type and every relationship type occurs, in an order of writing."""
    return [
        _country("KEN", "Kenya", "Africa", "Eastern Africa", developing=True),
        _country("BRA", "Brazil", "Americas", "South America", developing=True),
        _country("VNM", "Viet Nam", "Asia", "South-eastern Asia", developing=True),
        _country("JPN", "Japan", "Asia", "Eastern Asia", developing=False),
        SustainableDevelopmentGoal(id="2", name={"en": "Zero hunger"}, source="test"),
        SustainableDevelopmentGoal(id="2.3", name={"en": "Smallholders"}, broader="sdg/2", source="test"),
        Cluster(id="agriculture", name={"en": "Food and agriculture", "fr": "Alimentation"}, source="test"),
        Cluster(
            id="geographical-indications",
            name={"en": "Geographical indications", "es": "Indicaciones geográficas"},
            broader="cluster/agriculture",
            sdgs=["sdg/2"],
            source="test",
        ),
        Stakeholder(
            id="kipi",
            name={"en": "Kenya Industrial Property Institute"},
            acronym="KIPI",
            kind=StakeholderKind.IP_OFFICE,
            country="country/KEN",
            source="test",
        ),
        Stakeholder(
            id="wipo",
            name={"en": "World Intellectual Property Organization"},
            acronym="WIPO",
            kind=StakeholderKind.MULTILATERAL,
            source="test",
        ),
        Need(
            id="coffee-label",
            title={"en": "Protecting the name of mountain coffee"},
            description={
                "en": "Smallholders lose income to traders who blend. They need a protected label of origin."
            },
            clusters=["cluster/geographical-indications"],
            sdgs=["sdg/2.3"],
            resources=[Resource.TECHNICAL],
            sought_by=["stakeholder/kipi"],
            source="test",
        ),
        Offer(
            id="capacitacion-ig",
            title={"es": "Capacitación en indicaciones geográficas para el café"},
            description={"es": "Expertos brasileños enseñan a las cooperativas a redactar el pliego."},
            original_language="es",
            clusters=["cluster/geographical-indications"],
            resources=[Resource.HUMAN],
            offered_by=["country/BRA"],
            source="test",
        ),
        Practice(
            id="vaccine-licence",
            title={"en": "Licensing a vaccine to local producers"},
            description={"en": "A public institute shared a patent and trained three factories."},
            shared_by=["country/VNM"],
            source="test",
        ),
        Partnership(
            id="coffee-partnership",
            title={"en": "Coffee origins across two continents"},
            description={
                "en": "Brazilian experts helped Kenyan growers to register their first origin name."
            },
            clusters=["cluster/geographical-indications"],
            start="2019",
            parties=[
                Participation(party="stakeholder/kipi", role=Role.BENEFICIARY),
                Participation(party="country/BRA", role=Role.PIVOTAL),
                Participation(party="stakeholder/wipo", role=Role.FACILITATING),
            ],
            addresses=["need/coffee-label"],
            draws_on=["offer/capacitacion-ig"],
            source="test",
        ),
    ]


def _country(code: str, name: str, region: str, subregion: str, *, developing: bool) -> Country:
    return Country(
        id=code, name={"en": name}, region=region, subregion=subregion, developing=developing, source="test"
    )
