"""IATI activities as XML, IATI standard 2.03, one activity in memory at a time.

No entity is expanded, nothing is fetched, and libxml2's limits on depth and size stay on.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from lxml import etree

from graph_model.errors import FieldProblem
from graph_model.vocabulary import XML
from ingest.cleaning import one_line, plain_text
from ingest.sources.activity import Activity, Participant, language_code
from ingest.sources.rows import LONGEST_RAW, BadRow, RawRow, UnreadableFileError

_ACTIVITY: Final = "iati-activity"
_LANGUAGE: Final = f"{{{XML}}}lang"


def read_xml(path: Path) -> Iterator[RawRow[Activity] | BadRow]:
    """One activity after the other.

    Raises UnreadableFileError where there is no IATI activity at all. Damage further on is one bad row: what
    came before it counts.
    """
    number = 0
    root: etree._Element | None = None
    with path.open("rb") as file:
        events = etree.iterparse(
            file,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for event, element in events:
                if root is None:
                    root = element
                    _check_root(path, root)
                if event == "end" and element.tag == _ACTIVITY:
                    number += 1
                    yield _row(number, element, file.tell())
                    _forget(element)
        except etree.XMLSyntaxError as problem:
            if root is None:
                raise UnreadableFileError(f"{path.name} is not XML ({problem.msg}); is it IATI?") from problem
            reason = f"the XML is damaged or cut off ({problem.msg}); the activities before it were read"
            yield BadRow(number + 1, (FieldProblem(f"line {problem.lineno}", "", reason),), "", file.tell())
    if number == 0 and root is not None and root.tag == _ACTIVITY:
        return


def activity_of(element: etree._Element) -> Activity:
    """What an iati-activity element says."""
    language = language_code(element.get(_LANGUAGE))
    return Activity(
        identifier=(element.findtext("iati-identifier") or "").strip(),
        language=language,
        titles=_narratives(element.findall("title"), language, one_line=True),
        descriptions=_narratives(element.findall("description"), language, one_line=False),
        participants=[_participant(each, language) for each in element.findall("participating-org")],
        recipients=_codes(element, "recipient-country") + _codes(element, "transaction/recipient-country"),
        dates={each.get("type", ""): each.get("iso-date", "") for each in element.findall("activity-date")},
        sectors=_with_vocabulary(element, "sector"),
        tags=_with_vocabulary(element, "tag"),
        themes=[
            text
            for each in chain(element.findall("sector"), element.findall("tag"))
            for text in _narratives([each], language, one_line=True).values()
        ],
        links=[each.get("url", "") for each in element.findall("document-link")],
    )


def _row(number: int, element: etree._Element, position: int) -> RawRow[Activity] | BadRow:
    activity = activity_of(element)
    raw = f"<iati-identifier>{activity.identifier}</iati-identifier>"[:LONGEST_RAW]
    missing = [
        name
        for name, value in (("iati-identifier", activity.identifier), ("title", activity.titles))
        if not value
    ]
    if missing:
        return BadRow(
            number, tuple(FieldProblem(name, "", "is missing or empty") for name in missing), raw, position
        )
    return RawRow(number, activity, raw, position)


def _check_root(path: Path, root: etree._Element) -> None:
    if root.tag not in ("iati-activities", _ACTIVITY):
        raise UnreadableFileError(
            f"{path.name} is XML but not a file of IATI activities: it starts with <{root.tag}>"
        )
    version = root.get("version", "2.03")
    if root.tag == "iati-activities" and not version.startswith("2."):
        raise UnreadableFileError(
            f"{path.name} is IATI {version}; only versions 2.x are read, convert it first"
        )


def _forget(element: etree._Element) -> None:
    """Free the activity and what stands before it, so that memory does not grow with the file."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _narratives(elements: list[etree._Element], default: str, *, one_line: bool) -> dict[str, str]:
    parts: dict[str, list[str]] = {}
    for element in elements:
        for narrative in element.findall("narrative"):
            text = _plain("".join(str(part) for part in narrative.itertext()), one_line)
            if text:
                parts.setdefault(language_code(narrative.get(_LANGUAGE), default), []).append(text)
    separator = " " if one_line else "\n\n"
    return {language: separator.join(dict.fromkeys(texts)) for language, texts in parts.items()}


def _plain(text: str, on_one_line: bool) -> str:
    return one_line(text) if on_one_line else plain_text(text)


def _participant(element: etree._Element, language: str) -> Participant:
    return Participant(
        role=element.get("role", ""),
        names=_narratives([element], language, one_line=True),
        reference=element.get("ref", ""),
        kind=element.get("type", ""),
    )


def _codes(element: etree._Element, path: str) -> list[str]:
    return list(dict.fromkeys(code for each in element.findall(path) if (code := each.get("code"))))


def _with_vocabulary(element: etree._Element, name: str) -> list[tuple[str, str]]:
    return [(each.get("vocabulary", "1"), each.get("code", "")) for each in element.findall(name)]
