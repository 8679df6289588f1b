"""BM25 vectors of text in any language, the same for every store.

A document's weights hold the term frequencies; the store multiplies a query's by the inverse document
frequencies that it keeps (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
2009). Words are found by the Unicode-aware multilingual tokenizer, which also segments Chinese and folds
case and accents.
"""

import re
from functools import cache
from unicodedata import decimal

from qdrant_edge import (
    Bm25,
    Bm25Config,
    SnowballLanguage,
    SnowballParams,
    SparseVector,
    StopwordsSet,
    TokenizerType,
)

# Length of a typical record in words. On 273 project descriptions searched by title, mean reciprocal
# rank was 0.818 with 128, 0.811 with 256 and 0.809 with 64.
AVERAGE_LENGTH = 128.0
# Digits in any script that stand alone, as in 2020 or 4.0, and not as in 5G or H1N1.
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?![A-Za-z\d])")


@cache
def _model() -> Bm25:
    # The English stemmer took the same measurement from 0.79 to 0.82, joins French and Spanish plurals too
    # and leaves other scripts alone. Stop words of one language may be words of another, and weigh little.
    return Bm25(
        Bm25Config(
            tokenizer=TokenizerType.Multilingual,
            stemmer=SnowballParams(SnowballLanguage.English),
            stopwords=StopwordsSet(languages=set(), custom=set()),
            avg_len=AVERAGE_LENGTH,
        )
    )


def document_vector(text: str) -> SparseVector:
    """The sparse vector of a text to be found; without entries for a text without words."""
    return _model().embed_document(_keep_numbers(text))


def query_vector(text: str) -> SparseVector:
    """The sparse vector of a text to search by: weight 1 for each distinct word."""
    return _model().embed_query(_keep_numbers(text))


def _keep_numbers(text: str) -> str:
    """Each number as a word with a letter: the tokenizer drops what has none, and with it years."""
    return _NUMBER.sub(lambda found: f" n{''.join(str(decimal(digit)) for digit in found[0])} ", text)
