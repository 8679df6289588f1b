"""IATI activities as JSON lines of the IATI Datastore.

The Datastore flattens an activity: each element becomes a list, and what an element leaves out leaves no gap
in its list, so that lists of one element need not align. What aligns is used; what does not is left out and
noted.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from graph_model.errors import FieldProblem, InvalidRecordError
from ingest.cleaning import one_line, plain_text
from ingest.sources.activity import Activity, Participant, language_code
from ingest.sources.encoding import UNDECODED, text_encoding
from ingest.sources.rows import LONGEST_RAW, BadRow, RawRow, UnreadableFileError

LONGEST_LINE: Final = 20_000_000
REQUIRED: Final = ("iati_identifier", "title_narrative")
_SUPPORTING: Final = frozenset({"1", "3"})

Document = Mapping[str, Any]


def read_json_lines(path: Path) -> Iterator[RawRow[Activity] | BadRow]:
    """One activity a line. Raises UnreadableFileError where the file is not JSON lines."""
    encoding = text_encoding(path)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with path.open("rb") as binary, TextIOWrapper(binary, encoding, errors, newline="\n") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if not line.strip():
                continue
            yield _row(path, number, line, binary.tell())


def _row(path: Path, number: int, line: str, position: int) -> RawRow[Activity] | BadRow:
    raw = line.strip()[:LONGEST_RAW].encode("utf-8", "replace").decode("utf-8")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as problem:
        if number == 1 and line.lstrip().startswith(("[", '{"response"')):
            raise UnreadableFileError(
                f"{path.name} is one JSON document; write one activity a line (jq -c '.response.docs[]')"
            ) from problem
        what = "is cut off" if not line.endswith("\n") else "is not JSON"
        return BadRow(number, (FieldProblem("line", raw[:80], f"{what}: {problem}"),), raw, position)
    if not isinstance(document, dict):
        raise UnreadableFileError(f"{path.name} is not JSON lines: line {number} holds no object")
    if UNDECODED.search(line):
        broken = FieldProblem("line", raw[:80], "holds bytes that are not UTF-8")
        return BadRow(number, (broken,), raw, position)
    try:
        return RawRow(number, activity_of(document), raw, position)
    except InvalidRecordError as error:
        return BadRow(number, tuple(error.problems), raw, position)


def activity_of(document: Document) -> Activity:
    """What a flattened document says. Raises InvalidRecordError where identifier or title is missing."""
    missing = [name for name in REQUIRED if not _texts(document, name)]
    if missing:
        raise InvalidRecordError([FieldProblem(name, "", "is missing or empty") for name in missing])
    language = language_code(document.get("xml_lang"))
    activity = Activity(
        identifier=_texts(document, "iati_identifier")[0].strip(),
        language=language,
        titles={},
        recipients=_texts(document, "recipient_country_code"),
        themes=[one_line(text) for text in _texts(document, "sector_narrative") if text.strip()],
        links=_texts(document, "document_link_url"),
    )
    activity.titles = _narratives(document, "title_narrative", activity, one_line)
    activity.descriptions = _narratives(document, "description_narrative", activity, plain_text)
    activity.dates = _dates(document, activity)
    activity.sectors = _pairs(document, "sector_vocabulary", "sector_code", activity)
    activity.tags = _pairs(document, "tag_vocabulary", "tag_code", activity)
    activity.participants = _participants(document, activity)
    return activity


def _texts(document: Document, name: str) -> list[str]:
    value = document.get(name)
    if value is None:
        return []
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each is not None]


def _narratives(document: Document, name: str, activity: Activity, clean: Any) -> dict[str, str]:
    """Texts by language.

    No language stated: the activity's own. One language stated and one text fewer: the first text is in the
    activity's own. Otherwise the texts cannot be told apart, and the first alone is kept, as the activity's
    own.
    """
    texts = [text for each in _texts(document, name) if (text := clean(each))]
    stated = [language_code(code, activity.language) for code in _texts(document, f"{name}_xml_lang")]
    if not texts:
        return {}
    if len(stated) == len(texts):
        languages: Sequence[str] = stated
    elif not stated:
        languages = [activity.language] * len(texts)
    elif len(texts) == 2 and stated[0] != activity.language:
        languages = [activity.language, stated[0]]
    else:
        kept = "only the first text was kept, as one in the language of the activity"
        reason = f"{len(texts)} texts and {len(stated)} languages do not align; {kept}"
        activity.notes.append(FieldProblem(name, f"{texts[0][:80]}", reason))
        return {activity.language: texts[0]}
    joined: dict[str, list[str]] = {}
    for language, text in zip(languages, texts, strict=True):
        joined.setdefault(language, []).append(text)
    separator = "\n\n" if clean is plain_text else " "
    return {language: separator.join(dict.fromkeys(parts)) for language, parts in joined.items()}


def _dates(document: Document, activity: Activity) -> dict[str, str]:
    pairs = _pairs(document, "activity_date_type", "activity_date_iso_date", activity)
    return {kind: date.partition("T")[0] for kind, date in reversed(pairs)}


def _pairs(document: Document, first: str, second: str, activity: Activity) -> list[tuple[str, str]]:
    """Two lists of one element side by side; nothing, with a note, where their lengths differ."""
    left, right = _texts(document, first), _texts(document, second)
    if len(left) != len(right):
        if left and right:
            reason = f"{len(left)} values and {len(right)} of {second} do not align; both were left out"
            activity.notes.append(FieldProblem(first, ", ".join(left)[:80], reason))
        return []
    return list(zip(left, right, strict=True))


def _participants(document: Document, activity: Activity) -> list[Participant]:
    """Organisations with their roles, as far as the lists align.

    1. As many names as roles: one each. 2. Identifiers for every role and a whole number of names for each:
    every organisation is named in as many languages. 3. Identifiers for every role: known ones alone. 4.
    Roles that all support, or all implement: every name has that role. Else nobody can be told.
    """
    roles = _texts(document, "participating_org_role")
    names = [one_line(each) for each in _texts(document, "participating_org_narrative")]
    references = _aligned(_texts(document, "participating_org_ref"), roles)
    kinds = _aligned(_texts(document, "participating_org_type"), roles)
    has_references = any(references)
    if len(names) == len(roles):
        groups = [[name] for name in names]
    elif has_references and roles and names and len(names) % len(roles) == 0:
        each = len(names) // len(roles)
        groups = [names[place * each : (place + 1) * each] for place in range(len(roles))]
    elif has_references:
        if names:
            reason = f"{len(names)} names and {len(roles)} roles do not align; only identifiers were read"
            activity.notes.append(FieldProblem("participating_org_narrative", "; ".join(names)[:200], reason))
        groups = [[] for _ in roles]
    else:
        return _of_one_role(roles, names, activity)
    return [
        Participant(role, _by_place(group, activity.language), reference, kind)
        for role, group, reference, kind in zip(roles, groups, references, kinds, strict=True)
    ]


def _of_one_role(roles: Sequence[str], names: Sequence[str], activity: Activity) -> list[Participant]:
    supporting = {role in _SUPPORTING for role in roles}
    if len(supporting) == 1:
        return [Participant(roles[0], {activity.language: name}) for name in names]
    reason = f"{len(names)} names and {len(roles)} roles do not align; the organisations were left out"
    activity.notes.append(FieldProblem("participating_org_narrative", "; ".join(names)[:200], reason))
    return []


def _aligned(values: list[str], roles: Sequence[str]) -> list[str]:
    return values if len(values) == len(roles) else [""] * len(roles)


def _by_place(names: Sequence[str], language: str) -> dict[str, str]:
    """Names of one organisation; which language each is in is not known beyond the first."""
    return {language if place == 0 else f"{language}-{place}": name for place, name in enumerate(names)}
