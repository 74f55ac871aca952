"""Generates reference.json: results of scipy, scikit-learn and statsmodels on seeded data, for the tests.

Run it with the rig's Python, which has the first two, and with statsmodels on PYTHONPATH.
"""

import json
import math
import pathlib
from fractions import Fraction

import numpy as np
from scipy import spatial, stats
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

rng = np.random.default_rng(20261201)


def floats(values):
    return [float(value) for value in values]


def samples():
    normal = rng.standard_normal
    yield normal(60), normal(45) + 0.4
    yield np.round(normal(80), 1), np.round(normal(120) * 1.5, 1)
    yield rng.integers(0, 4, 50).astype(float), rng.integers(0, 5, 70).astype(float)
    yield np.exp(2 * normal(150)), np.exp(2 * normal(40)) * 1.3
    yield normal(1), normal(5)
    yield np.zeros(20), np.zeros(30)
    yield np.zeros(20), np.ones(30)


def psi(reference, current):
    edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values), 1e-4)
        for values in (reference, current)
    ]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def two_samples(first, second):
    test = stats.ks_2samp(first, second, method="exact")
    return {
        "first": floats(first),
        "second": floats(second),
        "ksDistance": float(test.statistic),
        "ksPValue": float(test.pvalue),
        "wasserstein": float(stats.wasserstein_distance(first, second)),
        "psi": psi(first, second),
        "quantiles": floats(np.quantile(first, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])),
    }


def evenly_shifted(rows1, rows2, shift):
    """Two samples at a Kolmogorov-Smirnov distance of about `shift`."""
    test = stats.ks_2samp(np.arange(rows1) / rows1, np.arange(rows2) / rows2 + shift, method="exact")
    return [rows1, rows2, float(test.statistic), float(test.pvalue)]


def equal_sizes(rows, steps):
    """The closed form of Gnedenko and Korolyuk (1951), in whole numbers."""
    ways = sum(
        (-1) ** (k - 1) * math.comb(2 * rows, rows - k * steps) for k in range(1, rows // steps + 1)
    )
    return [rows, rows, steps / rows, float(2 * Fraction(ways, math.comb(2 * rows, rows)))]


def limit(rows1, rows2, distance):
    size = rows1 * rows2 / (rows1 + rows2)
    return [rows1, rows2, distance, float(stats.kstwo.sf(distance, round(size)))]


def contingency(first, second):
    test = stats.chi2_contingency([first, second], correction=False)
    return {
        "first": [int(count) for count in first],
        "second": [int(count) for count in second],
        "statistic": float(test.statistic),
        "freedom": int(test.dof),
        "pValue": float(test.pvalue),
        "jensenShannon": float(spatial.distance.jensenshannon(first, second)),
        "largestShareDifference": float(
            np.max(np.abs(np.array(first) / np.sum(first) - np.array(second) / np.sum(second)))
        ),
    }


def proportions(count1, rows1, count2, rows2):
    statistic, p = proportions_ztest([count1, count2], [rows1, rows2])
    return [count1, rows1, count2, rows2, float(statistic), float(p)]


def adjusted(p_values):
    return {"pValues": floats(p_values), "adjusted": floats(multipletests(p_values, method="fdr_bh")[1])}


def isotonic(rows, digits):
    scores = np.round(rng.random(rows), digits)
    labels = (rng.random(rows) < scores**2).astype(int)
    calibrated = IsotonicRegression().fit(scores, labels).predict(scores)
    return {"scores": floats(scores), "labels": [int(label) for label in labels], "calibrated": floats(calibrated)}


reference = {
    "samples": [two_samples(*pair) for pair in samples()],
    "exactKs": [
        evenly_shifted(900, 900, 0.05),
        evenly_shifted(2000, 100, 0.13),
        evenly_shifted(10000, 300, 0.09),
        evenly_shifted(10000, 3000, 0.2),
        evenly_shifted(997, 400, 0.5),
        evenly_shifted(31, 7, 0.9),
        equal_sizes(10, 10),
        equal_sizes(500, 40),
        equal_sizes(2000, 520),
        equal_sizes(10000, 1170),
        equal_sizes(10000, 150),
    ],
    "limitKs": [
        limit(20000, 6000, 0.01),
        limit(20000, 6000, 0.02),
        limit(100000, 100000, 0.004),
        limit(100000, 100000, 0.0075),
        limit(100000, 5000, 0.1),
    ],
    "chiSquareTails": [
        [x, freedom, float(stats.chi2.sf(x, freedom))]
        for x, freedom in [
            (0, 3), (1e-9, 1), (0.3, 1), (3.84, 1), (80, 1), (264, 1), (1000, 1),
            (2, 4), (9.5, 4), (300, 4), (49, 50), (55, 50), (400, 50), (4950, 5000), (5300, 5000),
            (6800, 5000), (100, 9999), (10100.5, 9999), (1400, 2),
        ]
    ],
    "contingencies": [
        contingency([30, 45, 25], [28, 50, 22]),
        contingency([300, 450, 250], [280, 300, 220]),
        contingency([12, 40], [30, 22]),
        contingency(rng.multinomial(800, np.full(10, 0.1)), rng.multinomial(800, np.full(10, 0.1))),
        contingency(rng.multinomial(5000, np.full(100, 0.01)), rng.multinomial(1000, np.full(100, 0.01))),
        contingency([4000, 900, 100], [3500, 1400, 160]),
    ],
    "proportions": [
        proportions(40, 900, 60, 900),
        proportions(0, 2000, 9, 100),
        proportions(10, 100, 10, 100),
        proportions(200, 20000, 300, 5000),
        proportions(15000, 20000, 5000, 8000),
    ],
    "adjusted": [
        adjusted([0.01]),
        adjusted([0.04, 0.001, 0.03, 0.5, 0.03, 1.0]),
        adjusted([1e-60, 0.2, 0.05, 0.049]),
        adjusted(rng.random(20)),
        adjusted(rng.random(20) ** 6),
    ],
    "isotonic": [isotonic(80, 8), isotonic(150, 1)],
}

path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(reference, indent=2) + "\n")
