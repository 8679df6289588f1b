"""Names of real organisations as texts, queries made from them, and their vectors."""

import hashlib
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.embedder import LoadedEmbedder

Vectors = NDArray[np.float32]

_SEED: Final = 20_210_901
_BATCH: Final = 2_000
_KINDS: Final = {
    "en": "research on {} in {}",
    "fr": "institut de recherche sur {} en {}",
    "es": "instituto de investigación sobre {} en {}",
    "ar": "معهد أبحاث {} في {}",
    "ru": "научный институт: {}, {}",
    "zh": "{}{}研究所",
}
_SUBJECTS: Final = {
    "en": ("marine biology", "tropical diseases", "plant breeding", "renewable energy", "public health"),
    "fr": ("la biologie marine", "les maladies tropicales", "les plantes", "l'énergie", "la santé publique"),
    "es": ("biología marina", "enfermedades tropicales", "las plantas", "energía", "la salud pública"),
    "ar": ("الأحياء البحرية", "أمراض المناطق المدارية", "تربية النبات", "الطاقة", "الصحة العامة"),
    "ru": ("морская биология", "тропические болезни", "селекция растений", "энергетика", "здравоохранение"),
    "zh": ("海洋生物", "热带病", "植物育种", "可再生能源", "公共卫生"),
}
_LONG_NAME: Final = 4


@dataclass(frozen=True, slots=True)
class Organisation:
    """A text to be found. country: ISO 3166-1 alpha-2 code."""

    ref: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search by, and the country that a filtered search keeps.

    wanted: the organisation whose name the text is, less a word; None for a question.
    """

    text: str
    country: str
    wanted: str | None = None


def read_organisations(folder: Path, most: int) -> list[Organisation]:
    """A random sample, the same each time, of the organisations in a folder's JSON files; all where fewer."""
    found = []
    for file in sorted(folder.glob("*.json")):
        for place, row in enumerate(json.loads(file.read_text(encoding="utf-8"))):
            name, country = str(row["name"]).strip(), str(row["country_code"]).upper()
            if name and country:
                found.append(Organisation(f"organisation/{file.stem}-{place}", name, country))
    return random.Random(_SEED).sample(found, min(most, len(found)))


def make_queries(organisations: Sequence[Organisation], number: int) -> list[Query]:
    """Half are names of organisations with a word left out, half are questions in six languages.

    The country of a question is that of an organisation drawn at random, so that large ones come more often.
    """
    choose = random.Random(_SEED + 1)
    long_names = [each for each in organisations if len(each.name.split()) >= _LONG_NAME]
    named = [_shortened(choose, each) for each in choose.sample(long_names, number // 2)]
    asked = []
    for place in range(number - len(named)):
        language = list(_KINDS)[place % len(_KINDS)]
        like = choose.choice(organisations)
        # The number makes a question that comes again another one: no store answers it from memory.
        text = _KINDS[language].format(choose.choice(_SUBJECTS[language]), like.country)
        asked.append(Query(f"{text} {place}", like.country))
    mixed = named + asked
    choose.shuffle(mixed)
    return mixed


def _shortened(choose: random.Random, organisation: Organisation) -> Query:
    words = organisation.name.split()
    del words[choose.randrange(len(words))]
    return Query(" ".join(words), organisation.country, organisation.ref)


def embed(embedder: LoadedEmbedder, organisations: Sequence[Organisation]) -> Vectors:
    """Unit vectors of shape (organisations, dimensions), kept in the temporary folder for the next run."""
    texts = [each.name for each in organisations]
    digest = hashlib.sha256("\n".join([embedder.identity, *texts]).encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"trimatch-bench-vectors-{digest}.npy"
    if kept.is_file():
        vectors: Vectors = np.load(kept)
        return vectors
    parts = [embedder.encode_document(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    vectors = np.concatenate(parts)
    part = kept.with_suffix(".part.npy")
    np.save(part, vectors)
    part.replace(kept)
    return vectors


class ExactSearch:
    """The answer that every index is held against: all cosines, computed."""

    def __init__(self, organisations: Sequence[Organisation], vectors: Vectors) -> None:
        self.refs = [each.ref for each in organisations]
        self._countries = np.array([each.country for each in organisations])
        self._vectors = vectors
        self._last: tuple[bytes, NDArray[np.float64]] = (b"", np.empty(0))

    def scores(self, vector: Vectors, country: str | None) -> NDArray[np.float64]:
        """Cosine with each organisation, shape (organisations,); minus infinity where the filter drops it."""
        # Every engine's answer to a query is held against these, one after the other.
        if self._last[0] != vector.tobytes():
            self._last = (vector.tobytes(), (self._vectors @ vector).astype(np.float64))
        scores = self._last[1].copy()
        if country is not None:
            scores[self._countries != country] = -np.inf
        return scores

    def nearest(self, vector: Vectors, limit: int, country: str | None) -> list[tuple[str, float]]:
        """The nearest organisations with their cosines, best first."""
        scores = self.scores(vector, country)
        kept = int(np.isfinite(scores).sum())
        order = np.argsort(-scores, kind="stable")[: min(limit, kept)]
        return [(self.refs[place], float(scores[place])) for place in order]
