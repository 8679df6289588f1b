"""The command line as people and scripts use it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.command_line import app
from graph_model.record import Record
from graph_model.settings import Settings
from graph_model.store import Store
from search.universal_sentence_encoder import UniversalSentenceEncoder
from tests.service.processes import environment

Run = Callable[..., Result]


@pytest.fixture
def trimatch(
    settings: Settings,
    store: Store,
    small_world: Sequence[Record],
    encoder: UniversalSentenceEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a command over a small graph; every command finds the model loaded."""
    monkeypatch.setattr("search.embedder.UniversalSentenceEncoder", lambda: encoder)
    store.write(small_world)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_search_prints_a_table_or_json(trimatch: Run) -> None:
    found = read(trimatch("search", "café de montaña", "--type", "offer", "--json"))
    assert found["results"][0]["ref"] == "offer/capacitacion-ig"
    shown = trimatch("search", "café de montaña", "--type", "offer")
    assert "offer/capacitacion-ig" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["search", "x", "--limit", "1000"], "--limit"),
        (["search", "x", "--country", "Kenya"], "--country"),
        (["paths"], "need"),
        (["token", "create", "--role", "king"], "--role"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_a_wrong_command_line_names_what_is_wrong(trimatch: Run, arguments: list[str], named: str) -> None:
    result = trimatch(*arguments)
    assert result.exit_code == 2
    assert named in result.stderr


def test_tokens_are_made_listed_and_revoked(trimatch: Run) -> None:
    made = read(
        trimatch("token", "create", "--role", "member", "--stakeholder", "kipi", "--expires", "2w", "--json")
    )
    assert made["token"].startswith("tm_")
    (listed,) = read(trimatch("token", "list", "--json"))
    assert (listed["role"], listed["stakeholder"], listed["state"]) == ("member", "stakeholder/kipi", "valid")
    assert made["token"].rpartition("_")[2] not in str(listed)
    assert trimatch("token", "revoke", listed["public_id"]).exit_code == 0
    (listed,) = read(trimatch("token", "list", "--json"))
    assert listed["state"] == "revoked"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["token", "create", "--role", "member"], "--stakeholder"),
        (["token", "create", "--role", "member", "--stakeholder", "nobody"], "nobody"),
        (["token", "create", "--role", "admin", "--expires", "soon"], "12h, 90d or 2w"),
        (["token", "revoke", "0123"], "0123"),
        (["fit"], "fitting needs"),
        (["ingest", "no-such-file.csv", "--source", "csv"], "no-such-file.csv"),
    ],
)
def test_what_fails_says_so_in_one_line(trimatch: Run, arguments: list[str], message: str) -> None:
    result = trimatch(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_named_before_anything_is_started(
    trimatch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIMATCH_NEO4J_URI", "bolt://127.0.0.1:9")
    result = trimatch("ingest", "no-such-file.csv", "--source", "csv")
    assert result.exit_code == 1
    assert "no-such-file.csv" in result.stderr


def test_a_wrong_setting_is_named(trimatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMATCH_PORT", "99999")
    result = trimatch("search", "x")
    assert result.exit_code == 1
    assert "TRIMATCH_PORT=99999" in result.stderr


def test_reconcile_reports_and_mends(trimatch: Run) -> None:
    assert read(trimatch("reconcile", "--json"))["equal"] == 8
    assert trimatch("reconcile", "--check").exit_code == 0


def test_ingest_loads_a_file_and_tells_what_it_did(trimatch: Run, tmp_path: Path) -> None:
    path = tmp_path / "offer.csv"
    path.write_text("id,source,title_en,offered_by\ngood,test,A course,country/BRA\nbad,test,,country/BRA\n")
    result = trimatch("ingest", path, "--source", "csv", "--json")
    assert result.exit_code == 3, result.output
    summary = json.loads(result.stdout)
    assert (summary["loaded"], summary["quarantined"]) == (1, 1)
    assert Path(summary["quarantine_file"]).is_file()


def test_a_template_can_be_filled_in_and_ingested(trimatch: Run, tmp_path: Path) -> None:
    path = tmp_path / "offer.csv"
    assert trimatch("template", "offer", "--out", path).exit_code == 0
    assert "title_en" in path.read_text(encoding="utf-8-sig")
    assert "title_en" in trimatch("template", "offer").stdout
    assert trimatch("template", "planet").exit_code == 2


def test_paths_are_ranked_and_explained(trimatch: Run) -> None:
    found = read(trimatch("paths", "protect the origin of coffee", "--beneficiary", "VNM", "--json"))
    assert found["beneficiary"] == "country/VNM"
    assert found["paths"] or found["emptied_by"]
    shown = trimatch("paths", "protect the origin of coffee", "--beneficiary", "VNM")
    assert shown.exit_code == 0
