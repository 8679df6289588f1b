"""The JVM's start-up archive is recorded by one server at a time."""

import os
import time
from pathlib import Path

import pytest

from graph_model.local_server_java import archive_options, claim_recording, startup_archive


def test_one_server_at_a_time_records_and_a_claim_that_was_left_behind_ends(tmp_path: Path) -> None:
    archive = tmp_path / "neo4j.aot"
    assert claim_recording(archive)
    assert not claim_recording(archive)
    claim = tmp_path / "neo4j.aot.recording"
    long_ago = time.time() - 3_600
    os.utime(claim, (long_ago, long_ago))
    left_behind = tmp_path / "neo4j.aot.7687.part.config"
    left_behind.touch()
    assert claim_recording(archive)
    assert not left_behind.exists()
    claim.unlink()
    archive.touch()
    assert not claim_recording(archive)


def test_an_archive_is_used_once_it_is_there(tmp_path: Path) -> None:
    archive = tmp_path / "neo4j.aot"
    assert archive_options(archive, 7687, record=False) == []
    assert archive_options(archive, 7687, record=True) == [f"-XX:AOTCacheOutput={archive}.7687.part"]
    archive.touch()
    assert archive_options(archive, 7687, record=False) == [f"-XX:AOTCache={archive}"]


def test_a_jvm_with_other_options_has_an_archive_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = tmp_path / "neo4j.jar"
    jar.touch()
    monkeypatch.delenv("JAVA_TOOL_OPTIONS", raising=False)
    usual = startup_archive(tmp_path, [jar])
    assert startup_archive(tmp_path, [jar]) == usual
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
    assert startup_archive(tmp_path, [jar]) != usual
