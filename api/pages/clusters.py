"""The page of themes: the tree of clusters with what is known in each."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from api.pages.atlas import AtlasDependency
from api.pages.page import Page, PageDependency
from api.pages.reference import Reference, ReferenceDependency

router = APIRouter()


class ClustersForm(BaseModel):
    """What the page counts, as it stands in the address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    illustrative: Literal["yes", "no"] = "yes"

    @property
    def conditions(self) -> dict[str, Any]:
        """What is set, as parameters of an address."""
        return self.model_dump(mode="json", exclude_defaults=True)


@dataclass(slots=True)
class Branch:
    """A cluster with those beneath it. language, definition_language: of the texts."""

    id: str
    name: str
    language: str
    definition: str
    definition_language: str
    narrower: list["Branch"] = field(default_factory=list)


@router.get("/clusters")
def clusters_page(
    form: Annotated[ClustersForm, Query()],
    page: PageDependency,
    reference: ReferenceDependency,
    atlas: AtlasDependency,
) -> HTMLResponse:
    """The tree of clusters."""
    context = {
        "form": form,
        "branches": cluster_tree(page, reference),
        "atlas": atlas,
        "names": lambda code: reference.name(code, page.language),
    }
    return page.render("clusters.html", context)


def cluster_tree(page: Page, reference: Reference) -> list[Branch]:
    """The clusters that are part of no other, each with its sub-clusters, in the order of their names."""
    roots: list[Branch] = []
    path: list[Branch] = []
    for id_, _, depth in reference.clusters_as_tree(page.language):
        record = reference.clusters[id_]
        name, language = page.language.text(record.name, record.original_language)
        definition, its_language = page.language.text(record.definition, record.original_language)
        branch = Branch(id_, name, language, definition, its_language)
        path[depth:] = [branch]
        (path[depth - 1].narrower if depth else roots).append(branch)
    return roots
