"""Seeded chance for the demo stores: the same seed draws the same values everywhere.

Only the raw uniform stream of PCG64 is drawn and every distribution is computed from it here, because numpy promises a
stable stream for the bit generator but not for its distributions.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Chance:
    """Draws of a demo maker, in the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self._stream = np.random.Generator(np.random.PCG64(seed))

    def uniform(self, count: int) -> Floats:
        """`count` values in [0, 1)."""
        return self._stream.random(count)

    def even(self, count: int) -> Floats:
        """Uniform values, one from each of `count` equal slices, in random order: shares come out as planned."""
        return (self.shuffled(count) + self.uniform(count)) / max(count, 1)

    def normal(self, count: int) -> Floats:
        """Evenly drawn standard normal values, shape (count,)."""
        inside = np.clip(self.even(count), 1e-12, 1 - 1e-12)
        return np.asarray(ndtri(inside), dtype=np.float64)

    def integers(self, low: int, high: int, count: int) -> Ints:
        """`count` whole numbers in [low, high)."""
        return (low + np.floor(self.uniform(count) * (high - low))).astype(np.int64)

    def shuffled(self, count: int) -> Ints:
        """The numbers 0 … count-1 in random order."""
        return np.argsort(self.uniform(count), kind="stable").astype(np.int64)

    def some(self, among: Ints, count: int) -> Ints:
        """Exactly `count` of `among` (all of them when there are fewer), in random order."""
        return among[self.shuffled(len(among))[:count]]

    def flags(self, count: int, share: float) -> Flags:
        """`count` booleans of which exactly the rounded `share` is true."""
        found = np.zeros(count, dtype=np.bool_)
        found[self.shuffled(count)[: round(share * count)]] = True
        return found

    def weighted(self, weights: Sequence[float], count: int) -> Ints:
        """`count` indices into `weights`, each as often as its weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.searchsorted(edges / edges[-1], self.even(count), side="right").astype(np.int64)
