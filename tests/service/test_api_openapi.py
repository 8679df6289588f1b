"""Whatever the OpenAPI document allows to send, the service answers without failing."""

from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from api.app import create_app
from graph_model.settings import Settings
from tests.service.api_fixtures import Api, api, token

__all__ = ["api", "token"]
EXAMPLES = 6
PROBLEM = "application/problem+json"

# The operations must be known when tests are collected; the instance is put in when one runs.
app = create_app(Settings(rate_limit="100000/minute", write_rate_limit="100000/minute"))
document = schemathesis.openapi.from_asgi("/openapi.json", app)


@document.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nothing_that_may_be_sent_makes_the_service_fail(
    case: Any, api: Api, token: Callable[..., str]
) -> None:
    if api.instance is not app.state.instance:
        api.instance.catch_up()
        app.state.instance = api.instance
        app.state.token_of_test = token("facilitator")
    answer = case.call(headers={"Authorization": f"Bearer {app.state.token_of_test}"})
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == [PROBLEM]
