"""``trimatch token``: access tokens for writing."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.commands.opening import open_store
from api.console import output, print_json, say, table
from api.tokens import AccessRole, create_token, list_tokens, parse_lifetime, revoke_token

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
tokens = typer.Typer(no_args_is_help=True, help="Make, list and revoke access tokens for writing.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(tokens, name="token")


@tokens.command()
def create(
    role: Annotated[AccessRole, typer.Option(help="What the bearer may do.")],
    stakeholder: Annotated[
        str | None, typer.Option(help="Id of the organisation whose records a member may write.")
    ] = None,
    expires: Annotated[str, typer.Option(help="Lifetime: 12h, 90d or 2w.")] = "90d",
    as_json: Json = False,
) -> None:
    """Make a token and print it once; only a hash of it is kept."""
    lifetime = parse_lifetime(expires)
    with open_store() as store:
        token = create_token(store, role, stakeholder, lifetime)
    if as_json:
        print_json({"token": token, "role": role, "expires_at": datetime.now(UTC) + lifetime})
        return
    typer.echo(token)
    say(f"Keep it now: it cannot be shown again. It expires in {expires}.")


@tokens.command("list")
def list_(as_json: Json = False) -> None:
    """List every token, without anything from which it could be used."""
    with open_store() as store:
        found = list_tokens(store)
    now = datetime.now(UTC)
    if as_json:
        print_json([{"state": token.state(now), **_fields(token)} for token in found])
        return
    rows = [
        (t.public_id, t.role, t.stakeholder or t.purpose, t.state(now), f"{t.expires_at:%Y-%m-%d %H:%M}")
        for t in found
    ]
    output().print(table(("ID", "ROLE", "FOR", "STATE", "EXPIRES"), rows))


@tokens.command()
def revoke(
    public_id: Annotated[str, typer.Argument(metavar="ID", help="As `trimatch token list` shows it.")],
) -> None:
    """Make a token useless at once."""
    with open_store() as store:
        revoke_token(store, public_id.removeprefix("tm_").partition("_")[0])
    say(f"revoked {public_id}")


def _fields(token: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(token)  # type: ignore[call-overload, no-any-return]
