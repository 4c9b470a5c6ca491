"""Eight of the tests of NIST SP 800-22 rev. 1a, for many sequences at once, and its criteria for passing.

Rukhin et al. 2010, A statistical test suite for random and pseudorandom number generators for cryptographic
applications, sections 2.1–2.4, 2.6 and 2.11–2.13; criteria in 4.2. ``bits`` is uint8[sequences, n] of 0 and 1;
each test gives p-values, float64[sequences].
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfc, gammaincc, ndtr

SIGNIFICANCE = 0.01
# Longest run of ones in blocks of 8 (n >= 128) and 128 (n >= 6272): classes and their probabilities.
LONGEST_RUN = {
    8: ((1, 4), (0.2148, 0.3672, 0.2305, 0.1875)),
    128: ((4, 9), (0.1174, 0.2430, 0.2493, 0.1752, 0.1027, 0.1124)),
}


def frequency(bits: np.ndarray) -> np.ndarray:
    n = bits.shape[1]
    return erfc(np.abs(2.0 * bits.sum(axis=1) - n) / np.sqrt(2 * n))


def block_frequency(bits: np.ndarray, size: int) -> np.ndarray:
    blocks = bits.shape[1] // size
    ones = bits[:, : blocks * size].reshape(len(bits), blocks, size).mean(axis=2)
    return gammaincc(blocks / 2, 2 * size * ((ones - 0.5) ** 2).sum(axis=1))


def runs(bits: np.ndarray) -> np.ndarray:
    n, ones = bits.shape[1], bits.mean(axis=1)
    number = 1 + (bits[:, 1:] != bits[:, :-1]).sum(axis=1)
    spread = ones * (1 - ones)
    p = erfc(np.abs(number - 2 * n * spread) / (2 * np.sqrt(2 * n) * spread))
    return np.where(np.abs(ones - 0.5) >= 2 / np.sqrt(n), 0.0, p)


def longest_run(bits: np.ndarray) -> np.ndarray:
    size = 8 if bits.shape[1] < 6272 else 128
    (least, most), shares = LONGEST_RUN[size]
    blocks = bits.shape[1] // size
    cut = bits[:, : blocks * size].reshape(len(bits), blocks, size)
    run, longest = (np.zeros(cut.shape[:2], np.int64) for _ in range(2))
    for j in range(size):
        run = (run + 1) * cut[:, :, j]
        longest = np.maximum(longest, run)
    kinds = np.clip(longest, least, most) - least
    seen = np.stack([(kinds == k).sum(axis=1) for k in range(len(shares))], axis=1)
    wanted = blocks * np.array(shares)
    return gammaincc((len(shares) - 1) / 2, ((seen - wanted) ** 2 / wanted).sum(axis=1) / 2)


def spectral(bits: np.ndarray) -> np.ndarray:
    n = bits.shape[1]
    heights = np.abs(np.fft.rfft(2.0 * bits - 1, axis=1)[:, : n // 2])
    below = (heights < np.sqrt(np.log(1 / 0.05) * n)).sum(axis=1)
    return erfc(np.abs(below - 0.95 * n / 2) / np.sqrt(n * 0.95 * 0.05 / 4) / np.sqrt(2))


def _patterns(bits: np.ndarray, length: int) -> np.ndarray:
    """Occurrences of each pattern of ``length`` bits, the sequence closed to a ring: [sequences, 2 ** length]."""
    code = np.zeros(bits.shape, np.int64)
    for j in range(length):
        code = 2 * code + np.roll(bits, -j, axis=1)
    return np.stack([np.bincount(c, minlength=2**length) for c in code])


def _psi_squared(bits: np.ndarray, length: int) -> np.ndarray | float:
    if length <= 0:
        return 0.0
    n = bits.shape[1]
    return 2.0**length / n * (_patterns(bits, length).astype(np.float64) ** 2).sum(axis=1) - n


def serial(bits: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    psi = [_psi_squared(bits, length - k) for k in range(3)]
    first, second = psi[0] - psi[1], psi[0] - 2 * psi[1] + psi[2]
    return gammaincc(2.0 ** (length - 2), first / 2), gammaincc(2.0 ** (length - 3), second / 2)


def approximate_entropy(bits: np.ndarray, length: int) -> np.ndarray:
    n = bits.shape[1]

    def phi(m: int) -> np.ndarray:
        share = _patterns(bits, m) / n
        return (share * np.log(np.where(share > 0, share, 1))).sum(axis=1)

    return gammaincc(2.0 ** (length - 1), n * (np.log(2) - phi(length) + phi(length + 1)))


def cumulative_sums(bits: np.ndarray, backward: bool = False) -> np.ndarray:
    n, steps = bits.shape[1], 2 * bits.astype(np.int64) - 1
    highest = np.abs(np.cumsum(steps[:, ::-1] if backward else steps, axis=1)).max(axis=1)
    return np.array([_reaches(int(z), n) for z in highest])


def _reaches(z: int, n: int) -> float:
    """Probability that a walk of n steps gets as far as z."""
    root = np.sqrt(n)
    k = np.arange((-n // z + 1) // 4, (n // z - 1) // 4 + 1)
    total = 1 - (ndtr((4 * k + 1) * z / root) - ndtr((4 * k - 1) * z / root)).sum()
    k = np.arange((-n // z - 3) // 4, (n // z - 1) // 4 + 1)
    return float(total + (ndtr((4 * k + 3) * z / root) - ndtr((4 * k + 1) * z / root)).sum())


def battery(bits: np.ndarray) -> dict[str, np.ndarray]:
    """P-values of all tests, with parameters as the publication asks for sequences of this length."""
    serial_first, serial_second = serial(bits, 9)
    return {
        "frequency": frequency(bits),
        "block frequency": block_frequency(bits, bits.shape[1] // 96),
        "runs": runs(bits),
        "longest run": longest_run(bits),
        "spectral": spectral(bits),
        "serial, first": serial_first,
        "serial, second": serial_second,
        "approximate entropy": approximate_entropy(bits, 8),
        "cumulative sums, forward": cumulative_sums(bits),
        "cumulative sums, backward": cumulative_sums(bits, backward=True),
    }


def least_share_passing(sequences: int) -> float:
    """Section 4.2.1: three standard deviations below 1 - 0.01."""
    return 1 - SIGNIFICANCE - 3 * np.sqrt(SIGNIFICANCE * (1 - SIGNIFICANCE) / sequences)


def uniformity(p: np.ndarray) -> float:
    """Section 4.2.2: p-value of the p-values' histogram in ten bins; below 0.0001 is a failure."""
    seen, _ = np.histogram(p, bins=10, range=(0, 1))
    wanted = len(p) / 10
    return float(gammaincc(9 / 2, ((seen - wanted) ** 2 / wanted).sum() / 2))
