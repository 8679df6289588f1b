"""Vectors as embedders give and vector indexes keep them."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def unit_length(vectors: Vectors) -> Vectors:
    """Each row of an array of shape (n, dimensions) divided by its Euclidean length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError("an embedder returned a vector that is zero or not finite")
    scaled: Vectors = (vectors / lengths).astype(np.float32)
    return scaled
