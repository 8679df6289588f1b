"""Proposed triangles as linked data, for those who ask for them: no dump, feed or query has them."""

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.dependencies import InstanceDependency, SettingsDependency
from api.negotiation import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, negotiated, respond
from api.routers.nodes import SYNTAXES
from export.documents import rdf_document
from export.proposals import proposal_triples
from graph_model.derive.rdf import RdfWriter
from graph_model.own_vocabulary import ontology_iri
from search.requests import PathRequest

PATH: Final = "/export/proposals"
FORMS: Final = (JSON_LD, TURTLE, N_TRIPLES, RDF_XML)
router = APIRouter(tags=["linked data"])


class ProposalRequest(PathRequest):
    """A question for partnership paths, and the form of the answer."""

    format: str | None = Field(
        default=None,
        max_length=40,
        description=f"Form of the answer, whatever Accept says: {', '.join(each.name for each in FORMS)}.",
    )

    @property
    def question(self) -> PathRequest:
        """The question alone."""
        return PathRequest(**self.model_dump(exclude={"format"}))


@router.get(
    PATH,
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in FORMS}}},
)
def proposals(
    request: Request,
    asked: Annotated[ProposalRequest, Query()],
    instance: InstanceDependency,
    settings: SettingsDependency,
) -> Response:
    """Proposed partnerships for a need in RDF: proposals of a named model at a named time, not facts."""
    base = settings.public_base
    chosen = negotiated(request, FORMS, asked.format)
    document = f"{base}{PATH}?{_parameters(asked.question)}"
    answer = instance.paths.find(asked.question)
    triples = proposal_triples(answer, document, datetime.now(UTC), RdfWriter(base))
    return respond(
        request,
        chosen,
        rdf_document(triples, SYNTAXES[chosen], base, document),
        canonical=document,
        representations=FORMS,
        address=lambda form: f"{document}&format={form.name}",
        described_by=[ontology_iri(base)],
        cache_control="no-store",
    )


def _parameters(question: PathRequest) -> str:
    """The question as the parameters of an address, in one order, defaults left out."""
    return urlencode(question.model_dump(exclude_defaults=True), doseq=True)
