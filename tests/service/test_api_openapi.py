"""Whatever the OpenAPI document allows to send, the service answers without failing."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.schemas import OpenApiSchema

from api.app import create_app
from api.tokens import AccessRole, create_token
from graph_model.record import Record
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder
from search.instance import Instance

EXAMPLES = 4
OPERATIONS = 43
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def instance(
    shared_settings: Settings,
    _open_store: Store,
    small_world: Sequence[Record],
    load: Callable[[str], LoadedEmbedder],
) -> Iterator[Instance]:
    """One instance for every operation: no operation may spoil it for the next."""
    _open_store.update(("MATCH (n) DETACH DELETE n", {}))
    with Instance(shared_settings, load) as instance:
        instance.store.write(small_world)
        instance.catch_up()
        instance.paths.follow()
        yield instance


@pytest.fixture(scope="module")
def document(instance: Instance) -> OpenApiSchema:
    """The service's own description of what may be sent."""
    app = create_app(Settings(rate_limit="100000/minute", write_rate_limit="100000/minute"), instance)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(scope="module")
def token(instance: Instance) -> str:
    """A facilitator's."""
    return create_token(instance.store, AccessRole.FACILITATOR)


@schemathesis.pytest.from_fixture("document").parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nothing_that_may_be_sent_makes_the_service_fail(case: Any, token: str) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == [PROBLEM]


def test_every_operation_is_among_them(document: OpenApiSchema) -> None:
    assert len(list(document.get_all_operations())) >= OPERATIONS
