"""An error in the form that its reader prefers: a problem document, or the same as a page."""

import json
from typing import Final

from fastapi import Request, Response

from api.negotiation import HTML, Representation, accept_header, preferred
from api.pages.node import environment
from api.problems import MEDIA_TYPE, from_exception

PROBLEM: Final = Representation("problem", MEDIA_TYPE, ".json")


def problem_in_form(request: Request, public_base: str, error: Exception) -> Response:
    """The problem document of an error, as a page where Accept prefers HTML; status and headers are equal."""
    answer = from_exception(public_base, error)
    answer.headers["Vary"] = "Accept"
    if preferred(accept_header(request), (PROBLEM, HTML)) != HTML:
        return answer
    problem = json.loads(bytes(answer.body))
    page = environment().get_template("problem.html").render(problem=problem, base=public_base)
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("content-length", "content-type")
    }
    return Response(page, answer.status_code, kept, HTML.media_type)
