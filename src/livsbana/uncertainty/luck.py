"""Streams of luck keyed by name: the same name and seed give the same numbers, whatever else is drawn."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
KEY_BYTES = 16


def stream(seed: int, name: str) -> np.random.Generator:
    """Give a generator of its own for each seed and name.

    Replicates are drawn in order, replicate by replicate, so the first of many are those of a shorter run.
    """
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=KEY_BYTES).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "big")))
