"""Delimited files as they come: encodings, delimiters, damage."""

from pathlib import Path

import pytest

from ingest.sources.delimited import DelimitedFile, TableRow
from ingest.sources.rows import BadRow, UnreadableFileError

COLUMNS = frozenset({"id", "title_en", "source"})


def read(path: Path, content: bytes) -> tuple[list[dict[str, str]], list[BadRow]]:
    path.write_bytes(content)
    rows = list(DelimitedFile(path, COLUMNS).rows())
    return [row.cells for row in rows if isinstance(row, TableRow)], [
        row for row in rows if isinstance(row, BadRow)
    ]


TEXT = "id,title_en,source\na,Café et forêt,x\nb,Élevage à Nîmes en été,x\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    good, bad = read(tmp_path / "f.csv", TEXT.encode(encoding))
    assert [row["title_en"] for row in good] == ["Café et forêt", "Élevage à Nîmes en été"]
    assert not bad


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    content = TEXT.replace(",", delimiter).encode()
    assert read(tmp_path / "f.csv", content)[0][0] == {"id": "a", "title_en": "Café et forêt", "source": "x"}


def test_one_broken_byte_costs_one_row(tmp_path: Path) -> None:
    lines = [f"{number},Forêt tropicale humide protégée,x" for number in range(20)]
    content = ("id,title_en,source\n" + "\n".join(lines)).encode() + b"\nz,caf\xe9,x\n"
    good, bad = read(tmp_path / "f.csv", content)
    assert len(good) == 20
    assert [(row.number, row.problems[0].field) for row in bad] == [(22, "title_en")]


def test_an_unclosed_quotation_mark_costs_one_row(tmp_path: Path) -> None:
    content = b'id,title_en,source\na,one,x\nb,"two,x\nc,three,x\nd,"four, five",x\ne,six,x\n'
    good, bad = read(tmp_path / "f.csv", content)
    assert [row["id"] for row in good] == ["a", "c", "d", "e"]
    assert [row.number for row in bad] == [3]


def test_a_file_cut_off_in_a_row_loads_what_came_before(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "f.csv", b'id,title_en,source\na,one,x\nb,"two')
    assert [row["id"] for row in good] == ["a"]
    assert [row.number for row in bad] == [3]


def test_a_text_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "f.csv", b'id,title_en,source\na,"one\ntwo ""quoted""",x\n')
    assert good[0]["title_en"] == 'one\ntwo "quoted"'
    assert not bad


@pytest.mark.parametrize(("line", "field"), [("a,b,c,d", "row"), ("a,b", "row"), ("a,x\x00y,c", "title_en")])
def test_bad_rows_are_told(tmp_path: Path, line: str, field: str) -> None:
    good, bad = read(tmp_path / "f.csv", f"id,title_en,source\n{line}\nq,r,s\n".encode())
    assert [row["id"] for row in good] == ["q"]
    assert [row.problems[0].field for row in bad] == [field]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"PK\x03\x04rest", "--source xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"# only a comment\n", "no header row"),
        (b"id,id,source\n", "repeats 'id'"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        read(tmp_path / "f.csv", content)


def test_comments_and_excel_separator_lines_are_left_out(tmp_path: Path) -> None:
    good, _ = read(tmp_path / "f.csv", b"sep=;\n# note\nid;title_en;source\n# note;;\na;one;x\n")
    assert [row["id"] for row in good] == ["a"]
