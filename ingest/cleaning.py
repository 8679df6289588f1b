"""Texts of the outside world to plain text: markup, broken encodings, control characters."""

import html
import re
import unicodedata
from typing import Final

import ftfy
import nh3

from graph_model.text import clean_text

_MARKUP: Final = re.compile(r"<[A-Za-z/!][^<>]*>|<(?:script|style|iframe|img)\b", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_BLOCK_END: Final = re.compile(
    r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr|table|ul|ol|blockquote)\s*>", re.IGNORECASE
)
_BLANK_LINES: Final = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)+")
_OTHER_SPACES: Final = r"\t\u00a0\u2000-\u200a\u202f\u205f\u3000"
# All but one plain space, which is what most are.
_SPACES: Final = re.compile(f"[{_OTHER_SPACES}][ {_OTHER_SPACES}]*| [ {_OTHER_SPACES}]+")
_INVISIBLE: Final = re.compile(r"[\u200b\u2060\ufeff\ufff9-\ufffb\x80-\x9f]")
_ESCAPED_TWICE: Final = 3
_FORMULA: Final = re.compile(
    r"""^\s*(?:
        =                                   # =1+1, =HYPERLINK(...), =cmd|' /C calc'!A0
      | [+\-@][A-Za-z_.]{2,}\d*\s*\(        # -SUM(A1), @SUM(A1)
      | [+\-@][A-Za-z]{1,3}\d+(?![A-Za-z\d])  # +A1
      | [+\-@][^\n]{0,200}\|[^\n]{0,200}!   # +cmd|' /C calc'!A0
    )""",
    re.VERBOSE,
)
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def plain_text(text: str) -> str:
    """Text without markup, in NFC, without control and invisible characters, mojibake mended.

    Markup is removed with the contents of script and style; paragraphs and list items become lines. A text
    that only mentions ``a < b`` stays as it is.
    """
    for _ in range(_ESCAPED_TWICE):
        if not (_MARKUP.search(text) or _ENTITY.search(text)):
            break
        if _MARKUP.search(text):
            text = nh3.clean(_BLOCK_END.sub("\n", text), tags=set(), attributes={})
        text = html.unescape(text)
    if _MARKUP.search(text):
        text = html.unescape(nh3.clean(text, tags=set(), attributes={}))
    if not text.isascii():
        text = unicodedata.normalize("NFC", ftfy.fix_encoding(text))
    text = _INVISIBLE.sub("", clean_text(text))
    return _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """The plain text on one line: for titles and names."""
    return " ".join(plain_text(text).split())


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet program that opened this text in a cell would compute it.

    A number with a sign, a list item (``- item``) or a handle (``@name``) is none.
    """
    return _FORMULA.match(text) is not None


def harmless_cell(text: str) -> str:
    """The text as a cell of a CSV that a spreadsheet opens and never computes (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
