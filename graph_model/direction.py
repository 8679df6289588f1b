"""Texts that run in another direction than what stands around them (Unicode Standard Annex 9)."""

import unicodedata
from typing import Final

DIRECTIONAL_CONTROLS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Embeddings, overrides and isolates: one that is not closed would turn the text around it. The marks
(U+200E, U+200F, U+061C), which reach no further than themselves, stay."""
_RIGHT_TO_LEFT: Final = ("R", "AL")
_FIRST_RIGHT_TO_LEFT: Final = "\N{HEBREW ACCENT ETNAHTA}"
"""No character before it runs from right to left; most texts have none after it."""


def harmless(text: str) -> str:
    """The text without the characters that could turn the direction of what stands beside it."""
    return text if text.isascii() else text.translate(DIRECTIONAL_CONTROLS)


def isolated(text: str) -> str:
    """The text, harmless, so that it and the sentence around it keep their directions."""
    return f"\N{FIRST STRONG ISOLATE}{harmless(text)}\N{POP DIRECTIONAL ISOLATE}"


def runs_right_to_left(text: str) -> bool:
    """Whether any of its letters does."""
    return max(text, default="") >= _FIRST_RIGHT_TO_LEFT and any(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text
    )
