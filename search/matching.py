"""Why a text matched a query: the words that both hold, and the passage where they stand."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Final

from qdrant_edge import (
    Bm25,
    Bm25Config,
    Language,
    SnowballLanguage,
    SnowballParams,
    StopwordsSet,
    TokenizerType,
)

LONGEST_EXCERPT: Final = 300
MOST_WORDS: Final = 8
_TEXTS_KEPT: Final = 4_096
"""Texts whose stems are kept, some 20 MB at most: the same records answer many searches."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_SENTENCE: Final = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])|\n+")


@cache
def _telling_words() -> Bm25:
    """The words of a text by their stems, without the stop words of the six UN languages."""
    languages = {
        Language.English,
        Language.French,
        Language.Spanish,
        Language.Arabic,
        Language.Russian,
        Language.Chinese,
    }
    return Bm25(
        Bm25Config(
            tokenizer=TokenizerType.Multilingual,
            stemmer=SnowballParams(SnowballLanguage.English),
            stopwords=StopwordsSet(languages=languages, custom=set()),
        )
    )


@lru_cache(_TEXTS_KEPT)
def _stems(text: str) -> frozenset[int]:
    return frozenset(_telling_words().embed_query(text).indices)


class Words:
    """The telling words of a query."""

    def __init__(self, query: str) -> None:
        distinct = dict.fromkeys(piece for word in _WORD.findall(query) for piece in _pieces(word))
        self._stems = {word: stems for word in distinct if (stems := _stems(word))}

    def found_in(self, text: str) -> list[str]:
        """Those of which the text holds every stem, in the order of the query, at most MOST_WORDS."""
        if not self._stems:
            return []
        held = _stems(text)
        return [word for word, stems in self._stems.items() if stems <= held][:MOST_WORDS]

    def passage(self, texts: Sequence[str]) -> str:
        """The sentence that holds most of the words, the first where none does; shortened to be shown."""
        sentences = [part.strip() for text in texts for part in _SENTENCE.split(text) if part.strip()]
        if not sentences:
            return ""
        return shortened(max(sentences, key=lambda sentence: len(self.found_in(sentence))))


def _pieces(word: str) -> Iterable[str]:
    """The word itself; Chinese, which is written without spaces, in overlapping pairs of characters."""
    han = _HAN.fullmatch(word)
    if han is None or len(word) < 3:
        return [word]
    return [word[start : start + 2] for start in range(len(word) - 1)]


def shortened(text: str, length: int = LONGEST_EXCERPT) -> str:
    """The text, or its start up to the last whole word that fits, with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:") + "…"
