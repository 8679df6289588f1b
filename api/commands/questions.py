"""``trimatch search``, ``trimatch paths`` and ``trimatch explain``."""

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from api.commands.opening import load_settings, open_instance, progress
from api.console import output, print_json, say, table
from graph_model.errors import TrimatchError
from search.answers import Path, PathAnswer, RankExplanation, SearchAnswer
from search.requests import ExplainRequest, PathRequest, SearchRequest

if TYPE_CHECKING:
    from search.instance import Instance

Answer = TypeVar("Answer", bound=BaseModel)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Language = Annotated[str, typer.Option(help="Language of names and texts: en, fr, es, ar, ru or zh.")]
_STRONGEST = 4
_SHOWN = 0.01


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(search)
    app.command()(paths)
    app.command()(explain)


def search(
    text: Annotated[str, typer.Argument(help="What is looked for, in any language. Empty: everything.")] = "",
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="need, offer, practice, partnership, stakeholder, cluster."),
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="ISO 3166-1 alpha-3 code.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="UN M49 region or sub-region.")] = None,
    cluster: Annotated[list[str] | None, typer.Option(help="Cluster id.")] = None,
    sdg: Annotated[list[str] | None, typer.Option(help="SDG goal (3) or target (3.b).")] = None,
    modality: Annotated[list[str] | None, typer.Option(help="triangular, south-south, north-south.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language that records were written in.")] = None,
    authenticity: Annotated[list[str] | None, typer.Option(help="real, derived or illustrative.")] = None,
    lang: Language = "en",
    limit: Annotated[int, typer.Option(help="Most results.")] = 20,
    offset: Annotated[int, typer.Option(help="Results to skip.")] = 0,
    as_json: Json = False,
) -> None:
    """Search needs, offers, practices, partnerships, stakeholders and clusters. Filters may be repeated."""
    lists = {
        "type": type_, "country": country, "region": region, "cluster": cluster, "sdg": sdg,
        "modality": modality, "language": language, "authenticity": authenticity,
    }  # fmt: skip
    request = _request(SearchRequest, q=text, lang=lang, limit=limit, offset=offset, **lists)
    answer = _ask("search", request, SearchAnswer)
    if as_json:
        print_json(answer)
        return
    rows = [
        (f"{hit.score:.3f}", hit.ref, hit.title, ", ".join(hit.countries), _mark(hit.authenticity))
        for hit in answer.results
    ]
    output().print(table(("SCORE", "RECORD", "TITLE", "COUNTRIES", ""), rows))
    say(f"{len(answer.results)} shown; {answer.total} records pass the filters.")


def paths(
    text: Annotated[str | None, typer.Argument(help="The need in plain words, in any language.")] = None,
    need: Annotated[
        str | None, typer.Option(help="The id of a need in the graph, in place of words.")
    ] = None,
    beneficiary: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-3 code of the country.")] = None,
    cluster: Annotated[list[str] | None, typer.Option(help="Only evidence from this cluster.")] = None,
    modality: Annotated[
        str, typer.Option(help="triangular, south-south, north-south or public-private.")
    ] = "triangular",
    exclude: Annotated[
        list[str] | None, typer.Option(help="country/ISO3 or stakeholder/id to leave out.")
    ] = None,
    lang: Language = "en",
    limit: Annotated[int, typer.Option(help="Most paths.")] = 10,
    as_json: Json = False,
) -> None:
    """Rank and explain partnership paths for a need, in words or by its id."""
    request = _request(
        PathRequest,
        q=text, need=need, beneficiary=beneficiary, cluster=cluster, modality=modality, exclude=exclude,
        lang=lang, limit=limit,
    )  # fmt: skip
    answer = _ask("paths", request, PathAnswer)
    if as_json:
        print_json(answer)
        return
    for place, path in enumerate(answer.paths, start=1):
        _print_path(place, path)
    if answer.emptied_by:
        say(f"No path: {answer.emptied_by}")
    else:
        say(f"{len(answer.paths)} shown of {answer.considered} considered.")


def explain(
    need: Annotated[str, typer.Argument(help="The need in plain words, or need/ID of one in the graph.")],
    pivotal: Annotated[str, typer.Argument(help="country/ISO3 or stakeholder/id.")],
    facilitating: Annotated[str | None, typer.Argument(help="country/ISO3 or stakeholder/id.")] = None,
    beneficiary: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-3 code of the country.")] = None,
    modality: Annotated[
        str, typer.Option(help="triangular, south-south, north-south or public-private.")
    ] = "triangular",
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell why partners have the rank they have for a need, also when it is far down or excluded."""
    asked = {"need": need.removeprefix("need/")} if need.startswith("need/") else {"q": need}
    request = _request(
        ExplainRequest,
        pivotal=pivotal, facilitating=facilitating, beneficiary=beneficiary, modality=modality, lang=lang,
        **asked,
    )  # fmt: skip
    answer = _ask("explain", request, RankExplanation)
    if as_json:
        print_json(answer)
        return
    if answer.path is not None and answer.rank is not None:
        _print_path(answer.rank, answer.path)
        behind = sorted(answer.behind_the_first.items(), key=lambda item: -item[1])
        rows = [(name, f"{value:+.2f}") for name, value in behind if abs(value) >= _SHOWN]
        output().print(table(("BEHIND THE FIRST BY", "LOG-ODDS"), rows))
        for item in answer.counterfactuals:
            say(item.text)
    elif answer.rank is not None:
        say(f"Rank {answer.rank}, but never shown: an edge of the triangle has no record behind it.")
    if answer.excluded_because:
        say(f"Not proposed: {answer.excluded_because}")
    say(f"{answer.considered} triangles are admissible for this need.")


def _request(kind: type[Answer], **values: Any) -> Answer:
    """The request, or a usage error that names the option."""
    try:
        return kind.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        row = error.errors()[0]
        option = f"--{row['loc'][0]}".replace("--q", "TEXT") if row["loc"] else "TEXT"
        message = str(row["msg"]).removeprefix("Value error, ")
        given = "" if not row["loc"] else f" (got {row['input']!r:.200})"
        raise typer.BadParameter(f"{option}: {message}{given}") from error


def _ask(door: str, request: BaseModel, kind: type[Answer]) -> Answer:
    """Ask the service of this home where one runs, since it holds the index; else open the instance here."""
    from api.running import running_service

    settings = load_settings()
    address = running_service(settings)
    if address is not None:
        return _over_http(f"{address}/api/{door}", request, kind)
    with open_instance(settings) as instance:
        with progress("indexing") as report:
            instance.catch_up(report)
        return kind.model_validate(_here(instance, request), from_attributes=True)


def _here(instance: "Instance", request: BaseModel) -> BaseModel:
    if isinstance(request, ExplainRequest):
        return instance.paths.explain(request)
    if isinstance(request, PathRequest):
        return instance.paths.find(request)
    return instance.text_search.search(SearchRequest.model_validate(request))


def _over_http(address: str, request: BaseModel, kind: type[Answer]) -> Answer:
    import httpx

    parameters = request.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    try:
        answer = httpx.get(address, params=parameters, timeout=60, trust_env=False)
    except httpx.HTTPError as problem:
        raise TrimatchError(f"the service at {address} does not answer ({problem}); try again") from problem
    if answer.is_error:
        raise TrimatchError(answer.json()["detail"])
    return kind.model_validate_json(answer.content)


def _print_path(place: int, path: Path) -> None:
    corners = [path.beneficiary, path.pivotal, path.facilitating]
    names = " -- ".join(corner.name for corner in corners if corner)
    console = output()
    console.print(f"{place}. {names}", style="bold", markup=False)
    strongest = sorted(path.contributions.items(), key=lambda item: -abs(item[1]))[:_STRONGEST]
    reasons = ", ".join(f"{name} {value:+.2f}" for name, value in strongest)
    console.print(f"   probability {path.probability:.2f}, score {path.score:+.2f}: {reasons}", markup=False)
    for item in path.evidence:
        console.print(f"   {item.edge}: {item.text} {_mark(item.authenticity)}".rstrip(), markup=False)


def _mark(authenticity: str) -> str:
    return "" if authenticity == "real" else f"[{authenticity}]"
