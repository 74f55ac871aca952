"""The cases of the detection table: pairs of a reference and current data, shifted or not.

The public data are those that scikit-learn ships; the rest is drawn. Each case is a function of a random generator, so
that a seed gives the same files.
"""

import numpy as np
import pandas as pd
from sklearn import datasets

COUNTRIES = ["DE", "FR", "IT", "ES", "PL"]


def public(name):
    return getattr(datasets, f"load_{name}")(as_frame=True).frame


def split(frame, rng, share=0.65):
    """Cuts shuffled rows in two, so that both sides come from one distribution."""
    order = rng.permutation(len(frame))
    cut = int(len(frame) * share)
    return [frame.iloc[part].reset_index(drop=True) for part in (order[:cut], order[cut:])]


def orders(rows, rng, countries=(0.35, 0.25, 0.2, 0.15, 0.05)):
    """A table of orders with ten columns."""
    normal = rng.standard_normal
    hour = np.where(rng.random(rows) < 0.3, 11 + 2 * normal(rows), 19 + 2.5 * normal(rows))
    return pd.DataFrame(
        {
            "amount": np.round(np.exp(3.5 + 0.8 * normal(rows)), 2),
            "age": np.clip(np.round(40 + 12 * normal(rows)), 18, 95),
            "visits": rng.poisson(6, rows),
            "hour": np.mod(np.floor(hour), 24).astype(int),
            "country": rng.choice(COUNTRIES, rows, p=countries),
            "device": rng.choice(["phone", "laptop", "tablet"], rows, p=[0.6, 0.3, 0.1]),
            "member": rng.choice(["yes", "no"], rows, p=[0.3, 0.7]),
            "weight_kg": np.round(70 + 12 * normal(rows), 1),
            "latency": rng.gamma(2, 50, rows),
            "balance": 1000 * normal(rows),
        }
    )


def two_orders(rng, reference=2000, current=1000):
    return orders(reference, rng), orders(current, rng)


def numbers(rows, rng, columns=20):
    return pd.DataFrame(rng.standard_normal((rows, columns)), columns=[f"x{i}" for i in range(columns)])


def changed(column, change, data=two_orders):
    """A case in which one column of the current data is changed."""

    def case(rng):
        reference, current = data(rng)
        current = current.copy()
        current[column] = change(current[column], rng)
        return reference, current

    return case


def breast_cancer(rng):
    return split(public("breast_cancer"), rng)


def wine(rng):
    return split(public("wine"), rng, 0.5)


def diabetes(rng):
    return split(datasets.load_diabetes(as_frame=True, scaled=False).frame, rng, 0.5)


def two_humps(column, rng):
    """The same mean and standard deviation, of two separate humps."""
    side = np.where(rng.random(len(column)) < 0.5, -0.9, 0.9)
    return 1000 * (side + np.sqrt(1 - 0.81) * rng.standard_normal(len(column)))


def more_malignant(rng):
    reference, current = breast_cancer(rng)
    weights = np.where(current["target"] == 0, 0.65, 0.35)
    weights = weights / current["target"].map(current["target"].value_counts())
    return reference, current.sample(len(current), replace=True, weights=weights, random_state=int(rng.integers(2**31)))


def missing_column(rng):
    reference, current = two_orders(rng)
    return reference, current.drop(columns="latency")


def loaded_three_times(rng):
    reference, current = two_orders(rng)
    part = current[current["country"].isin(["DE", "ES"])]
    return reference, pd.concat([current, part, part], ignore_index=True)


def lognormal(scale):
    def data(rng):
        frames = [numbers(rows, rng, 9).assign(value=np.exp(2 * rng.standard_normal(rows))) for rows in (5000, 3000)]
        frames[1]["value"] *= scale
        return tuple(frames)

    return data


def broken_relation(rng):
    """Each column is distributed as before; that y follows x is over."""
    frames = [numbers(rows, rng, 8) for rows in (2000, 1000)]
    frames[0]["y"] = frames[0]["x0"] + 0.1 * rng.standard_normal(2000)
    frames[1]["y"] = rng.permutation(frames[1]["x0"].to_numpy()) + 0.1 * rng.standard_normal(1000)
    return tuple(frames)


def whole_load_twice(rng):
    reference, current = two_orders(rng)
    return reference, pd.concat([current, current], ignore_index=True)


def users(rng):
    """Ten adjacent rows of each user, whose values are similar."""

    def draw(count):
        level = np.repeat(rng.standard_normal((count, 10)), 10, axis=0)
        rows = np.sqrt(0.7) * level + np.sqrt(0.3) * rng.standard_normal((count * 10, 10))
        return pd.DataFrame(rows, columns=[f"x{i}" for i in range(10)])

    return draw(300), draw(60)


def autocorrelated(rng):
    """Ten series in the order of time, AR(1) with 0.9."""
    noise = rng.standard_normal((5500, 10))
    values = np.zeros_like(noise)
    for row in range(1, len(noise)):
        values[row] = 0.9 * values[row - 1] + np.sqrt(1 - 0.81) * noise[row]
    frame = pd.DataFrame(values[500:], columns=[f"x{i}" for i in range(10)])
    return frame.iloc[:4000], frame.iloc[4000:]


def weekly_season(rng):
    """Twelve weeks of hours, then two days of the thirteenth week: weekends are lower."""
    time = pd.date_range("2026-01-05", periods=13 * 168, freq="h")
    level = np.where(time.dayofweek >= 5, -1.5, 0.3)
    frame = pd.DataFrame({f"x{i}": level + rng.standard_normal(len(time)) for i in range(6)})
    frame.insert(0, "time", time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    start = 12 * 168 + 24 * int(rng.integers(6))
    return frame.iloc[: 12 * 168], frame.iloc[start : start + 48]


def many_categories(rng):
    names = np.array([f"c{n}" for n in range(100)])
    return tuple(
        pd.DataFrame({f"k{i}": rng.choice(names, rows) for i in range(5)}) for rows in (5000, 1000)
    )


def digits(rng):
    frame = public("digits")
    # Pixels of the border are 0 nearly everywhere.
    return split(frame.loc[:, frame.nunique() > 5], rng, 0.9)


# name: (what a reader sees, the case, the column that changed)
SHIFTS = {
    "mean": ("mean moves by 0.6 standard deviations (breast cancer)", changed("mean radius", lambda c, _: c + 0.6 * c.std(), breast_cancer), "mean radius"),
    "spread": ("spread doubles around the same mean (diabetes)", changed("bp", lambda c, _: c.mean() + 2 * (c - c.mean()), diabetes), "bp"),
    "shape": ("one hump becomes two, same mean and spread", changed("balance", two_humps), "balance"),
    "category": ("shares of countries change", changed("country", lambda c, r: r.choice(COUNTRIES, len(c), p=[0.2, 0.2, 0.2, 0.3, 0.1])), "country"),
    "nulls": ("15 % of a column are missing", changed("latency", lambda c, r: c.mask(r.random(len(c)) < 0.15)), "latency"),
    "new-category": ("3 % of the rows have a new category", changed("device", lambda c, r: c.mask(r.random(len(c)) < 0.03, "watch")), "device"),
    "missing-column": ("a column is missing", missing_column, "latency"),
    "all-null": ("a column is empty", changed("latency", lambda c, _: c * np.nan), "latency"),
    "text": ("a number becomes text", changed("weight_kg", lambda c, _: c.map("{:.1f} kg".format)), "weight_kg"),
    "constant": ("a sensor repeats one value", changed("latency", lambda c, _: c * 0 + 100), "latency"),
    "unit": ("kilograms become pounds", changed("weight_kg", lambda c, _: c * 2.2046), "weight_kg"),
    "unit-share": ("percent become shares (wine)", changed("alcohol", lambda c, _: c / 100, wine), "alcohol"),
    "time-zone": ("hours of another time zone, 3 later", changed("hour", lambda c, _: (c + 3) % 24), "hour"),
    "duplicate-load": ("the rows of two countries are loaded three times", loaded_three_times, "country"),
    "label": ("share of malignant cases rises from 37 % to 65 % (breast cancer)", more_malignant, "target"),
    "heavy-tail": ("heavy tail (lognormal, sigma 2) times 1.3", lognormal(1.3), "value"),
}
NO_SHIFTS = {
    "breast-cancer": ("random halves of breast cancer, 31 columns", breast_cancer),
    "digits": ("digits, 1,617 and 180 rows, 50 columns", digits),
    "small": ("2,000 and 100 rows, 20 columns", lambda rng: (numbers(2000, rng), numbers(100, rng))),
    "large": ("20,000 and 5,000 rows, 20 columns", lambda rng: (numbers(20000, rng), numbers(5000, rng))),
    "many-categories": ("five columns of 100 categories", many_categories),
    "heavy-tail-same": ("heavy tail (lognormal, sigma 2)", lognormal(1)),
    "users": ("ten adjacent rows of each user", users),
    "autocorrelated": ("time series, AR(1) 0.9", autocorrelated),
    "season": ("weekly season, two days against twelve weeks", weekly_season),
}
# The option `time-column` of drift-check, where a case needs it.
TIME_COLUMNS = {"season": "time"}
# No method that looks at one column at a time, whatever its tests, finds these.
BEYOND = {
    "relation": ("a relation of two columns breaks, each alone is the same", broken_relation),
    "whole-load-twice": ("all rows are loaded twice", whole_load_twice),
}
