"""What ingest's tests share: the knowledge of a graph that holds the reference records and nothing else."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from graph_model.nodes import Stakeholder
from ingest.countries import default_resolver
from ingest.demo_graph import demo_records, demo_stakeholders
from ingest.knowledge import Knowledge
from ingest.known_organisations import KnownOrganisation
from ingest.organisation_names import NameReader
from ingest.organisations import OrganisationResolver

DATA: Final = Path(__file__).parents[3] / "shared" / "data"
UNDP: Final = DATA / "undp_south_south" / "projects_2023-06-21.csv"
IATI: Final = DATA / "iati_south_south" / "activities.jsonl"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real feeds of ../shared/data are not here")


@cache
def reader() -> NameReader:
    return NameReader(default_resolver(), developing())


@cache
def developing() -> dict[str, bool]:
    return {record.id: getattr(record, "developing") for record in demo_records("country")}  # noqa: B009


@cache
def subjects() -> frozenset[str]:
    return frozenset(record.ref for name in ("cluster", "sdg") for record in demo_records(name))


def resolver(known: Iterable[Stakeholder] = (), *, seeded: bool = True) -> OrganisationResolver:
    organisations = [KnownOrganisation.from_record(record) for record in known]
    return OrganisationResolver(reader(), organisations, demo_stakeholders() if seeded else ())


def knowledge(organisations: OrganisationResolver | None = None) -> Knowledge:
    return Knowledge(default_resolver(), organisations or resolver(), developing(), subjects())
