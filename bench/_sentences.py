"""Sentences of invented records: their subjects, their vectors and the words that set records apart."""

from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.embedder import LoadedEmbedder
from search.vectors import unit_length

SENTENCES_MADE: Final = 3_000
_SEED: Final = 71
_NOISE: Final = 0.5
"""Length of the noise beside a sentence's vector of length 1: two records of one have a cosine of 0.8."""
_VECTOR_BATCH: Final = 10_000
_WORDS: Final = 8_000
_WORDS_A_RECORD: Final = 6
_ACTIVITIES: Final = (
    "Training in",
    "A national policy for",
    "Legal advice on",
    "A public register for",
    "Equipment for",
    "Study visits about",
    "A revolving fund for",
    "Data exchange on",
    "Standards for",
    "Mentors for",
    "An awareness campaign on",
    "A regional network for",
    "Quality control of",
    "Research into",
    "Licensing of",
)
_SUBJECTS: Final = (
    "mountain coffee with a protected origin",
    "patent searches by small firms",
    "generic vaccines",
    "music royalties of rural artists",
    "solar irrigation pumps",
    "traditional medicinal plants",
    "drought-resistant seeds",
    "collective marks of weavers",
    "open satellite images",
    "school textbooks",
    "fishing cooperatives",
    "low-cost diagnostic kits",
    "software for customs offices",
    "flood warnings",
    "bamboo housing",
    "film archives",
    "plant variety protection",
    "technology transfer offices",
    "trade secrets of food makers",
    "digital libraries",
    "clean cooking stoves",
    "hospital laboratories",
    "designs of furniture makers",
    "recycling of batteries",
    "tuna labels",
)
_AUDIENCES: Final = (
    "women farmers", "university inventors", "young lawyers", "judges", "customs officers",
    "village cooperatives", "start-up companies", "public hospitals", "museum keepers", "patent examiners",
    "local governments",
    "indigenous communities", "teachers", "export promoters", "engineers",
)  # fmt: skip


@cache
def sentences() -> tuple[str, ...]:
    """The sentences, in a seeded order."""
    every = [f"{act} {what} for {who}" for act, what, who in product(_ACTIVITIES, _SUBJECTS, _AUDIENCES)]
    order = np.random.default_rng(_SEED).permutation(len(every))[:SENTENCES_MADE]
    return tuple(every[place] for place in order.tolist())


def sentence_topics(clusters: int, sdgs: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index of the cluster and of the SDG that each sentence is about."""
    subject = np.array(
        [next(place for place, what in enumerate(_SUBJECTS) if what in sentence) for sentence in sentences()]
    )
    return subject * 7 % clusters, subject * 5 % sdgs


def sentence_vectors(embedder: LoadedEmbedder) -> NDArray[np.float32]:
    """One vector a sentence, (sentences, dimensions)."""
    return embedder.encode_document(list(sentences()))


def record_vectors(
    base: NDArray[np.float32], sentence: NDArray[np.int64], start: int, stop: int
) -> NDArray[np.float32]:
    """Vectors of nodes from start to before stop: the sentence's, with the node's own noise, of length 1.

    sentence: of every node.
    """
    parts = []
    for first in range(start - start % _VECTOR_BATCH, stop, _VECTOR_BATCH):
        noise = np.random.default_rng([_SEED, first]).standard_normal(
            (_VECTOR_BATCH, base.shape[1]), dtype=np.float32
        )
        low, high = max(first, start), min(first + _VECTOR_BATCH, stop)
        parts.append(
            base[sentence[low:high]] + noise[low - first : high - first] * (_NOISE / np.sqrt(base.shape[1]))
        )
    return unit_length(np.concatenate(parts).astype(np.float32))


@cache
def _vocabulary() -> tuple[str, ...]:
    syllables = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
    draws = np.random.default_rng(_SEED).integers(0, len(syllables), (_WORDS, 4))
    return tuple("".join(syllables[place] for place in word) for word in draws.tolist())


def record_words(node: int) -> str:
    """Words of a node's own, some frequent and most rare."""
    vocabulary = _vocabulary()
    draws = np.random.default_rng([_SEED, node]).random(_WORDS_A_RECORD) ** 3
    return " ".join(vocabulary[place] for place in (draws * _WORDS).astype(int).tolist())


def asked_sentences(number: int) -> list[str]:
    """Distinct needs in a seeded order: other sentences than the records', each with a word of one."""
    asking = ("Who can help us with", "We look for partners in", "Support needed:", "How do others manage")
    every = [f"{ask} {what} for {who}" for ask, what, who in product(asking, _SUBJECTS, _AUDIENCES)]
    order = np.random.default_rng(_SEED + 1).permutation(len(every))[:number]
    words = [record_words(place).split()[0] for place in range(number)]
    return [f"{every[place]}, {word}" for place, word in zip(order.tolist(), words, strict=True)]
