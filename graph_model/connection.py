"""How to reach one Neo4j database."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connection:
    """Address and credentials of a Neo4j; database None means the server's default one."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None
