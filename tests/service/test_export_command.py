"""``trimatch export`` as people and scripts use it."""

import gzip
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from tests.service.test_api_command_line import Run, trimatch

__all__ = ["trimatch"]


def test_an_export_fills_a_file_or_standard_output(trimatch: Run, tmp_path: Path) -> None:
    file = tmp_path / "dump.nq"
    done = trimatch("export", "--format", "nquads", "--output", file)
    assert done.exit_code == 0, done.output
    assert "14 records" in done.stderr
    assert list(tmp_path.iterdir()) == [file]
    assert list(parse(file.read_bytes(), format=RdfFormat.N_QUADS))
    printed = trimatch("export", "--type", "need", "--format", "turtle")
    assert printed.stdout_bytes.startswith(b"@prefix")
    assert b"coffee-label" in printed.stdout_bytes


def test_a_compressed_export_has_the_same_bytes_each_time(trimatch: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    for file in (one, two):
        assert trimatch("export", "--gzip", "--country", "KEN", "--output", file).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    assert b"coffee-label" in gzip.decompress(one.read_bytes())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--format", "docx"], "docx"),
        (["--type", "planet"], "planet"),
        (["--cluster", "nonexistent"], "nonexistent"),
        (["--since", "yesterday"], "yesterday"),
        (["--format", "csv", "--type", "need"], "partnership"),
    ],
)
def test_what_cannot_be_exported_is_named_and_leaves_no_file(
    trimatch: Run, tmp_path: Path, arguments: list[str], named: str
) -> None:
    before = b"an earlier export"
    file = tmp_path / "dump"
    file.write_bytes(before)
    done = trimatch("export", *arguments, "--output", file)
    assert done.exit_code == 1
    assert named in done.stderr
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
