"""Which published records an export takes."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.messages import N_, InvalidValueError
from graph_model.nodes import RECORD_TYPES, Cluster, Country
from graph_model.text import LanguageCode, Reference
from graph_model.validation_messages import validation_message


def _known_type(name: str) -> str:
    if name not in RECORD_TYPES:
        raise InvalidValueError(
            N_("{name!r} is no type; types are: {known}"), name=name, known=", ".join(RECORD_TYPES)
        )
    return name


def _reference_to(type_name: str) -> BeforeValidator:
    """Takes the identifier alone as well."""

    def completed(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        reference = value if "/" in value else f"{type_name}/{value}"
        if reference.partition("/")[0] != type_name:
            raise InvalidValueError(
                N_("{value!r} is no {type}; write its identifier, or {type}/IDENTIFIER"),
                value=value,
                type=type_name,
            )
        return reference

    return BeforeValidator(completed)


def _moment(value: Any) -> Any:
    """An ISO date is its first moment; a time without a zone is UTC."""
    try:
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as problem:
        raise InvalidValueError(
            N_("is no ISO 8601 date or date-time; write 2026-01-31 or 2026-01-31T12:00:00Z")
        ) from problem
    if isinstance(moment, datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


class Selection(BaseModel):
    """Filters of an export; a record must pass all of them.

    A ``since`` export has what was created or changed, and nothing of what was withdrawn or deleted: the
    change feed alone carries tombstones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    types: Annotated[
        tuple[Annotated[str, AfterValidator(_known_type)], ...],
        Field(alias="type", description=f"Types of record; none for all of them: {', '.join(RECORD_TYPES)}."),
    ] = ()
    cluster: Annotated[
        Reference | None,
        _reference_to(Cluster.type_name),
        Field(description="Records in this thematic cluster or a sub-cluster of it, and those clusters."),
    ] = None
    country: Annotated[
        Reference | None,
        _reference_to(Country.type_name),
        Field(
            description=(
                "Records that concern this country (ISO 3166-1 alpha-3): itself, organisations based there, "
                "what it or they seek, offer or share, and partnerships with it or them."
            )
        ),
    ] = None
    language: Annotated[
        LanguageCode | None, Field(description="Records written in this language (ISO 639-1).")
    ] = None
    since: Annotated[
        datetime | None,
        BeforeValidator(_moment),
        Field(description="Records created or changed at this ISO 8601 date or date-time, or later."),
    ] = None
    illustrative: Annotated[
        bool, Field(description="Also records that only illustrate, which no export has unless asked.")
    ] = False
    names: Annotated[
        LanguageCode,
        Field(description="Language of texts and names in CSV and XLSX, which have one only (ISO 639-1)."),
    ] = "en"

    @classmethod
    def of(cls, **filters: Any) -> Self:
        """A selection from values of any source. Raises InvalidRecordError, naming filter and value."""
        try:
            return cls.model_validate(filters)
        except ValidationError as error:
            raise InvalidRecordError(
                [
                    FieldProblem(
                        str(row["loc"][0]),
                        str(row["input"]),
                        row["msg"].removeprefix("Value error, "),
                        validation_message(row),
                    )
                    for row in error.errors()
                ]
            ) from error

    @property
    def type_names(self) -> tuple[str, ...]:
        """The types, in the model's order."""
        return tuple(name for name in RECORD_TYPES if not self.types or name in self.types)
