"""Generates reference.json: results of scipy and scikit-learn on seeded data, for the tests.

Run it with the rig's Python, which has both: ~/.cache/retrain-actions/mlflow/bin/python generate.py
"""

import json
import pathlib

import numpy as np
from scipy import optimize, stats
from sklearn import metrics

rng = np.random.default_rng(20240229)


def round_values(values):
    """Rounds numbers so that JSON keeps them exactly."""
    return [float(value) for value in values]


def binary(rows, tied, weighted):
    label = (rng.random(rows) < 0.3).astype(int)
    score = np.clip(0.3 + 0.3 * label + 0.25 * rng.standard_normal(rows), 0, 1)
    if tied:
        score = np.round(score, 1)
    weight = rng.uniform(0.2, 3, rows) if weighted else None
    predicted = (score > 0.5).astype(int)
    by = {"sample_weight": weight}
    return {
        "label": label.tolist(),
        "score": round_values(score),
        "weight": None if weight is None else round_values(weight),
        "expected": {
            "accuracy": metrics.accuracy_score(label, predicted, **by),
            "balanced_accuracy": metrics.balanced_accuracy_score(label, predicted, **by),
            "f1": metrics.f1_score(label, predicted, zero_division=0, **by),
            "f1_macro": metrics.f1_score(label, predicted, average="macro", zero_division=0, **by),
            "precision": metrics.precision_score(label, predicted, zero_division=0, **by),
            "recall": metrics.recall_score(label, predicted, zero_division=0, **by),
            "auc": metrics.roc_auc_score(label, score, **by),
            "log_loss": metrics.log_loss(label, score, **by),
        },
    }


def multiclass(rows, classes, weighted):
    label = rng.integers(0, classes, rows)
    probability = rng.dirichlet(np.ones(classes), rows) + 0.6 * np.eye(classes)[label]
    probability /= probability.sum(axis=1, keepdims=True)
    predicted = probability.argmax(axis=1)
    # Some rows are predicted as a class that no label has.
    foreign = rng.random(rows) < 0.05
    named = np.where(foreign, classes, predicted)
    weight = rng.uniform(0.2, 3, rows) if weighted else None
    by = {"sample_weight": weight}
    return {
        "label": label.tolist(),
        "predicted": np.where(foreign, -1, predicted).tolist(),
        "probabilities": [round_values(column) for column in probability.T],
        "weight": None if weight is None else round_values(weight),
        "expected": {
            "accuracy": metrics.accuracy_score(label, named, **by),
            "balanced_accuracy": metrics.balanced_accuracy_score(label, named, **by),
            "f1_macro": metrics.f1_score(label, named, average="macro", zero_division=0, **by),
            "log_loss": metrics.log_loss(label, probability, labels=list(range(classes)), **by),
        },
    }


def numbers(rows, center, weighted):
    label = center + rng.standard_normal(rows)
    score = label + 0.5 * rng.standard_normal(rows)
    weight = rng.uniform(0.2, 3, rows) if weighted else None
    by = {"sample_weight": weight}
    return {
        "label": round_values(label),
        "score": round_values(score),
        "weight": None if weight is None else round_values(weight),
        "expected": {
            "mae": metrics.mean_absolute_error(label, score, **by),
            "rmse": metrics.root_mean_squared_error(label, score, **by),
            "r2": metrics.r2_score(label, score, **by),
        },
    }


def ranking(queries, each):
    relevance = rng.integers(0, 4, (queries, each)) * (rng.random((queries, each)) < 0.4)
    score = np.round(relevance + 1.5 * rng.standard_normal((queries, each)), 0)
    counted = relevance.max(axis=1) > 0
    expected = {}
    for k in (1, 3, 10, 1000):
        expected[f"ndcg@{k}"] = metrics.ndcg_score(relevance[counted], score[counted], k=k)
        # Ties in the worst order.
        worst = [np.lexsort((r, -s))[:k] for r, s in zip(relevance[counted], score[counted])]
        hit = [bool((r[best] > 0).any()) for r, best in zip(relevance[counted], worst)]
        expected[f"hit@{k}"] = float(np.mean(hit))
    return {
        "query": np.repeat(np.arange(queries), each).tolist(),
        "label": round_values(relevance.ravel()),
        "score": round_values(score.ravel()),
        "expected": expected,
    }


def tango(first, second, total, confidence, correction):
    """Tango's interval from the constrained likelihood itself, maximised numerically, not from the closed form."""
    z = stats.norm.ppf(confidence)

    def score(difference, b, c):
        low, high = max(0, -difference), (1 - difference) / 2

        def slope(p):
            rest = 1 - 2 * p - difference
            return (b / (p + difference) if b else 0) + (c / p if c else 0) - 2 * (total - b - c) / rest

        tiny = 1e-15
        inside = (low + tiny, high - tiny)
        if slope(inside[0]) <= 0:
            p = low
        else:
            p = optimize.brentq(slope, *inside, xtol=1e-16, rtol=1e-15)
        variance = total * (2 * p + difference * (1 - difference))
        return (b - c - total * difference - correction) / np.sqrt(variance)

    def lower(b, c):
        return optimize.brentq(lambda d: score(d, b, c) - z, -1 + 1e-9, (b - c - correction) / total - 1e-9, xtol=1e-14)

    return {
        "firstOnly": first,
        "secondOnly": second,
        "total": total,
        "confidence": confidence,
        "low": lower(first, second),
        "high": -lower(second, first),
    }


def newcombe(x1, n1, x2, n2, confidence):
    one = stats.binomtest(x1, n1).proportion_ci(2 * confidence - 1, method="wilson")
    two = stats.binomtest(x2, n2).proportion_ci(2 * confidence - 1, method="wilson")
    p1, p2 = x1 / n1, x2 / n2
    return {
        "first": [x1, n1],
        "second": [x2, n2],
        "confidence": confidence,
        "low": p1 - p2 - np.hypot(p1 - one.low, two.high - p2),
        "high": p1 - p2 + np.hypot(one.high - p1, p2 - two.low),
    }


def paired_areas(grouped, weighted):
    """
    DeLong's variance (1988) of the difference of two areas, Obuchowski's (1997) with groups, from the definition: every
    positive row is compared with every negative one. The test draws the same rows from the same generator (Park and
    Miller's, 1988), so that the file has no data.
    """
    rows, state = 6000, 20240229

    def draw():
        nonlocal state
        state = 16807 * state % 2147483647
        return state / 2147483647

    drawn = np.array([[draw() for _ in range(6)] for _ in range(rows)])
    positive = drawn[:, 0] < 0.4
    group = np.floor(2500 * drawn[:, 1] ** 1.5).astype(int)
    weight = 0.5 + drawn[:, 2] if weighted else np.ones(rows)
    # Whole numbers, so that many rows are tied.
    scores = [np.floor(100 * drawn[:, 3] + lift * positive + 30 * drawn[:, own]) for own, lift in ((4, 30), (5, 25))]

    def components(score):
        wins = np.sign(score[positive][:, None] - score[~positive][None, :]) / 2 + 0.5
        w1, w0 = weight[positive], weight[~positive]
        area = w1 @ wins @ w0 / (w1.sum() * w0.sum())
        # Of each positive row the share of negative ones below it, of each negative row the share of positive ones above.
        return area, wins @ w0 / w0.sum(), w1 @ wins / w1.sum()

    (one, one10, one01), (two, two10, two01) = map(components, scores)
    w1, w0 = weight[positive], weight[~positive]
    # Centered, and as shares of the area's weights.
    v10 = (one10 - two10 - (one - two)) * w1 / w1.sum()
    v01 = (one01 - two01 - (one - two)) * w0 / w0.sum()
    if grouped:
        sum10, sum01 = np.bincount(group[positive], v10, 2500), np.bincount(group[~positive], v01, 2500)
        i10, i01, units = len(set(group[positive])), len(set(group[~positive])), len(set(group))
        published = i10 / (i10 - 1) * (sum10**2).sum() + i01 / (i01 - 1) * (sum01**2).sum()
        published += 2 * units / (units - 1) * (sum10 * sum01).sum()
        plain, smaller = ((sum10 + sum01) ** 2).sum(), min(i10, i01)
    else:
        m, n = len(v10), len(v01)
        published = m / (m - 1) * (v10**2).sum() + n / (n - 1) * (v01**2).sum()
        plain, smaller = (v10**2).sum() + (v01**2).sum(), min(m, n)
    return {
        "grouped": grouped,
        "weighted": weighted,
        "first": one,
        "second": two,
        "smaller": smaller,
        "sumOfSquares": plain,
        "published": published,
    }


probabilities = [1e-12, 1e-6, 0.001, 0.05, 0.3, 0.5, 0.8, 0.95, 0.975, 0.999]
reference = {
    "normalCdf": [[x, stats.norm.cdf(x)] for x in [-12, -8, -7.2, -6, -3, -1.645, -0.2, 0, 0.5, 2, 5]],
    "normalQuantile": [[p, stats.norm.ppf(p)] for p in probabilities],
    "studentQuantile": [
        [p, freedom, stats.t.ppf(p, freedom)]
        for p in [0.001, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]
        for freedom in [1, 2, 3, 4, 9, 19, 20, 39, 150, 200, 201, 1000, 1000000]
    ],
    "binary": [binary(300, tied, weighted) for tied in (False, True) for weighted in (False, True)],
    "multiclass": [multiclass(300, 4, weighted) for weighted in (False, True)],
    "numbers": [numbers(200, center, weighted) for center in (0, 1e6) for weighted in (False, True)],
    "ranking": ranking(60, 15),
    "pairedProportions": [
        tango(first, second, total, confidence, 1)
        for first, second, total in [(12, 7, 200), (3, 0, 200), (0, 4, 250), (30, 55, 1000), (0, 0, 200), (60, 60, 300)]
        for confidence in (0.9, 0.95, 0.99)
    ],
    "pairedAreas": [paired_areas(grouped, weighted) for grouped in (False, True) for weighted in (False, True)],
    "unpairedProportions": [
        newcombe(56, 70, 48, 80, 0.975),
        newcombe(900, 1000, 890, 1000, 0.95),
        newcombe(10, 10, 0, 20, 0.975),
    ],
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
