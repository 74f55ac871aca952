"""Reads holdouts and predictions with pandas and pyarrow, and computes metrics with scikit-learn.

Each line of the input is a JSON list of cases, and each line of the output the list of their answers. An answer has a
value, or the reason why a careful reader would not compute one.
"""

import gzip
import io
import json
import math
import re
import sys
import unicodedata
import warnings
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sklearn
from pandas._libs.parsers import STR_NA_VALUES
from sklearn import metrics

sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
warnings.simplefilter("ignore")

# The time of run-gate.ts.
NOW = datetime(2026, 11, 30, tzinfo=UTC)
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), NOW + timedelta(days=1)
MISSING = STR_NA_VALUES | {"", "NaT", "\\N"}
RANKING = re.compile(r"(hit|ndcg)@(\d+)")
# Rounding to two decimals may explain so much.
SUM_TOLERANCE = 0.05


class Unusable(Exception):
    """Why a careful reader stops."""


# Parquet files of the test


TYPES = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "binary": pa.binary(),
    "bool": pa.bool_(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "timestamp_s": pa.timestamp("s"),
    "timestamp_ms": pa.timestamp("ms"),
    "timestamp_us": pa.timestamp("us"),
    "timestamp_ns": pa.timestamp("ns"),
    "timestamp_us_utc": pa.timestamp("us", tz="UTC"),
    "date32": pa.date32(),
    "null": pa.null(),
    **{f"{sign}int{bits}": getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
EXTRAS = {
    "list": lambda rows: pa.array([[1, 2]] * rows, pa.list_(pa.int64())),
    "struct": lambda rows: pa.array([{"a": 1, "label": "x"}] * rows),
    "map": lambda rows: pa.array([[("a", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
    "nested": lambda rows: pa.array([[{"id": [1, None]}]] * rows),
    "duration": lambda rows: pa.array([1] * rows, pa.duration("us")),
    "time64": lambda rows: pa.array([1] * rows, pa.time64("us")),
    "decimal256": lambda rows: pa.array([Decimal("1.5")] * rows, pa.decimal256(50, 2)),
    "null": lambda rows: pa.nulls(rows),
    "binary": lambda rows: pa.array([b"\xff"] * rows, pa.binary()),
}


def convert(cell, kind):
    if kind == "bool":
        return {"true": True, "false": False}[cell.lower()]
    if kind.startswith(("int", "uint")):
        return int(cell)
    if kind.startswith("float"):
        return float(cell)
    if kind == "binary":
        return cell.encode()
    if kind == "date32":
        return date.fromisoformat(cell[:10])
    if kind.startswith("timestamp"):
        if re.fullmatch(r"\d+", cell):
            return datetime.fromtimestamp(int(cell) / (1000 if len(cell) > 11 else 1))
        return datetime.fromisoformat(cell.replace("Z", ""))
    return cell


def make_column(name, kind, cells, rows):
    if name == "extra" and not cells:
        return EXTRAS[kind](rows)
    if kind == "null":
        return pa.nulls(rows)
    try:
        if kind == "dictionary":
            return pa.array(cells, pa.string()).dictionary_encode()
        if kind == "decimal":
            return pa.array([None if cell is None else Decimal(cell) for cell in cells])
        converted = [None if cell is None else convert(cell, kind) for cell in cells]
        if kind == "float16":
            converted = [None if cell is None else np.float16(cell) for cell in converted]
        return pa.array(converted, TYPES[kind])
    except (pa.ArrowException, ValueError, TypeError, KeyError, OverflowError, InvalidOperation):
        return pa.array(cells, pa.string())


def write_parquet(path, columns, options):
    rows = len(columns[0]["cells"]) if columns else 0
    arrays = [make_column(c["name"], c["type"], c["cells"], rows) for c in columns]
    table = pa.Table.from_arrays(arrays, names=[c["name"] for c in columns])
    encodings = {}
    for column, array in zip(columns, arrays):
        # An encoding is that of a name, which two columns may share.
        if table.column_names.count(column["name"]) > 1:
            continue
        if options["encoding"] == "DELTA" and (pa.types.is_int64(array.type) or pa.types.is_int32(array.type)):
            encodings[column["name"]] = "DELTA_BINARY_PACKED"
        elif options["encoding"] == "DELTA" and pa.types.is_string(array.type):
            encodings[column["name"]] = ("DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY")[rows % 2]
        elif options["encoding"] == "BYTE_STREAM_SPLIT" and pa.types.is_float64(array.type):
            encodings[column["name"]] = "BYTE_STREAM_SPLIT"
    pq.write_table(
        table,
        path,
        compression=options["compression"],
        version=options["version"],
        data_page_version=options["dataPageVersion"],
        row_group_size=options["rowGroupSize"],
        use_dictionary=options["dictionary"] and not encodings,
        column_encoding=encodings or None,
    )


# Reading


def read(path):
    """The columns of a table as lists of cells, by name."""
    raw = path.read_bytes()
    if raw.startswith(b"PAR1"):
        return read_parquet(path)
    return read_csv(raw)


def read_parquet(path):
    table = pq.ParquetFile(path).read(use_threads=False)
    return Columns(table.column_names, [LazyCells(column) for column in table.columns])


class Columns(dict):
    """Columns by name. A name that several columns have cannot be read."""

    def __init__(self, names, columns):
        super().__init__(zip(names, columns))
        self.ambiguous = {name for name in names if names.count(name) > 1}

    def __getitem__(self, name):
        if name in self.ambiguous:
            raise Unusable(f"several columns are named {name}")
        return super().__getitem__(name)


class LazyCells:
    """The cells of one column, converted where they are read."""

    def __init__(self, column):
        self.column = column

    def __iter__(self):
        return iter(self.column.to_pylist())

    def __len__(self):
        return len(self.column)


def read_csv(raw):
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    frame = pd.read_csv(
        io.BytesIO(raw),
        header=None,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        encoding="utf-8-sig",
        encoding_errors="strict",
        index_col=False,
    )
    rows = frame.iloc[1:]
    return Columns(list(frame.iloc[0]), [list(rows[at]) for at in rows.columns])


# Cells


def to_text(cell):
    """The text of a cell, the same for a whole number of any type."""
    if cell is None or isinstance(cell, float) and math.isnan(cell):
        return ""
    if isinstance(cell, bytes):
        cell = cell.decode()
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, (float, np.floating)):
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    if isinstance(cell, Decimal):
        return str(int(cell)) if cell == cell.to_integral_value() else format(cell, "f")
    if isinstance(cell, datetime):
        return (cell.astimezone(UTC).replace(tzinfo=None) if cell.tzinfo else cell).isoformat()
    text = strip(re.sub(r"\r+\n", "\n", str(cell)))
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def strip(text):
    """Without blanks around it; a byte order mark is one."""
    return text.strip().strip("\ufeff").strip()


def to_category(cell):
    return unicodedata.normalize("NFC", to_text(cell))


def to_class(cell):
    """
    A class: words of a bool and spellings of a number are the same class; a code with leading zeros is a text.
    Invisible characters do not count.
    """
    text = "".join(letter for letter in to_category(cell) if unicodedata.category(letter) != "Cf").strip()
    if text in ("true", "True", "TRUE"):
        return "1"
    if text in ("false", "False", "FALSE"):
        return "0"
    if re.fullmatch(r"[+-]?(0|[1-9]\d{0,14})?(\.\d*)?([eE][+-]?\d{1,2})?", text, re.ASCII):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return to_text(float(number)) if abs(number) < 2**53 else text
    return text


def read_class_texts(cells):
    """The texts of a column of classes, without invisible characters."""
    return ["".join(one for one in strip_raw(cell) if unicodedata.category(one) != "Cf").strip() for cell in cells]


def strip_raw(cell):
    """The text of a cell; a whole number keeps its spelling."""
    if isinstance(cell, bytes):
        cell = cell.decode()
    text = strip(re.sub(r"\r+\n", "\n", cell)) if isinstance(cell, str) else to_text(cell)
    return unicodedata.normalize("NFC", text)


def are_texts(texts):
    """Whether a fraction is written with and without zeros at its end, as in versions: 1.1 and 1.10."""
    fractions = {text for text in texts if re.fullmatch(r"[+-]?\d*\.\d*[1-9]0*", text, re.ASCII)}
    return len({text.rstrip("0") for text in fractions}) < len(fractions)


def to_numbers(cells, what):
    """Plain decimal numbers; Python's own words for others are errors."""
    values = []
    for cell in cells:
        if isinstance(cell, str):
            cell = strip(cell)
            if cell in ("true", "True", "TRUE", "false", "False", "FALSE"):
                cell = cell.lower() == "true"
            elif not cell.isascii() or "_" in cell:
                raise Unusable(f"{what}: {cell!r} is not a number")
        if isinstance(cell, bytes):
            cell = cell.decode()
        try:
            value = float(cell)
        except (TypeError, ValueError) as error:
            raise Unusable(f"{what}: {cell!r} is not a number") from error
        if not math.isfinite(value):
            raise Unusable(f"{what}: {cell!r} is not finite")
        values.append(value)
    return np.array(values, dtype=float)


EPOCH_UNITS = (1, 1e3, 1e6, 1e9)


def to_times(cells):
    """ISO times, in UTC without a zone, or numbers since 1970 in one unit."""
    times, units = [], set()
    for cell in cells:
        if isinstance(cell, date) and not isinstance(cell, datetime):
            cell = cell.isoformat()
        if isinstance(cell, bytes):
            cell = cell.decode()
        if isinstance(cell, (int, float, Decimal)) or isinstance(cell, str) and re.fullmatch(r"\d+", strip(cell)):
            unit = next((one for one in EPOCH_UNITS if EARLIEST <= from_epoch(cell, one) <= LATEST), None)
            units.add(unit)
            times.append(from_epoch(cell, unit) if unit else None)
        elif isinstance(cell, (str, datetime)):
            time = datetime.fromisoformat(strip(cell)) if isinstance(cell, str) else cell
            times.append(time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC))
        else:
            times.append(None)
    if len(units) > 1 or any(time is None or not EARLIEST <= time <= LATEST for time in times):
        raise Unusable("times that cannot be read, or are implausible")
    return times


def from_epoch(cell, unit):
    seconds = float(cell) / unit
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < 1e11 else datetime.min.replace(tzinfo=UTC)


def require_present(texts, policy, what):
    values = {*policy.get("not_missing", []), policy.get("positive")}
    for text in texts:
        if text == "" or text in MISSING and text not in values:
            raise Unusable(f"{what}: {text!r} is missing")


def look_alike(text):
    """A class without what an export changes: case, accents' form, quotes, and the zeros of a number."""
    plain = re.sub(r"[\s\"']", "", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"^([+-]?)0+(?=\d)", r"\1", plain)


# Metrics


class Holdout:
    def __init__(self, folder, policy, is_numeric):
        columns = read(folder / policy["path"])
        for name in ["id", "label", *(policy.get(key) for key in ("weight", "group", "query", "time"))]:
            if name is not None and name not in columns:
                raise Unusable(f"no column {name}")
        self.policy = policy
        ids = [to_text(cell) for cell in columns["id"]]
        if not ids:
            raise Unusable("no rows")
        if "" in ids:
            raise Unusable("an empty id")
        if len(set(ids)) < len(ids):
            raise Unusable("duplicated ids")
        if any(cells == ("id", "label") for cells in zip(columns["id"], columns["label"])):
            raise Unusable("a row repeats the header")
        weights = np.ones(len(ids))
        self.is_weighted = "weight" in policy
        if self.is_weighted:
            weights = to_numbers(columns["weight"], "weight")
            if (weights < 0).any() or (weights > 1e100).any() or not (weights > 0).any():
                raise Unusable("weights")
        self.times = to_times(columns[policy["time"]]) if "time" in policy else []
        keep = [row for row, weight in enumerate(weights) if weight > 0]
        cells = list(columns["label"])
        if is_numeric:
            self.labels = to_numbers(cells, "label")[keep]
        else:
            texts = read_class_texts(cells)
            self.texts_of_labels = {texts[row] for row in keep}
            self.are_texts = are_texts(self.texts_of_labels)
            classes = texts if self.are_texts else [to_class(cell) for cell in cells]
            require_present(classes, policy, "label")
            self.labels = np.array(classes, dtype=object)[keep]
        self.ids = [ids[row] for row in keep]
        self.weights = weights[keep]
        self.texts = {}
        for key in ("group", "query"):
            if key in policy:
                texts = [to_category(cell) for cell in columns[policy[key]]]
                require_present(texts, policy, key)
                self.texts[key] = np.array(texts, dtype=object)[keep]
        self.columns = columns
        self.keep = keep
        self.names = [] if is_numeric else sorted(set(self.labels))
        self.positive = self.find_positive()

    def find_positive(self):
        if "positive" in self.policy:
            positive = self.policy["positive"].strip() if self.are_texts else to_class(self.policy["positive"])
            if positive not in self.names and self.names:
                raise Unusable("no label is the positive class")
            return positive
        return "1" if self.names in (["0", "1"], ["-1", "1"]) else None

    def count_young(self):
        if "time" not in self.policy:
            return 0
        lag = timedelta(days=int(self.policy["label_lag"].removesuffix("d")))
        return sum(NOW - self.times[row] < lag for row in self.keep)

    def slices(self, column):
        if column not in self.columns:
            raise Unusable(f"no column {column}")
        texts = np.array([to_category(cell) for cell in self.columns[column]], dtype=object)[self.keep]
        return {value: np.flatnonzero(texts == value) for value in sorted(set(texts))}


class Predictions:
    def __init__(self, path, holdout, is_numeric):
        columns = read(path)
        if "id" not in columns:
            raise Unusable("no column id")
        ids = [to_text(cell) for cell in columns["id"]]
        wanted = set(holdout.ids)
        used = [one for one in ids if one in wanted]
        if len(set(used)) < len(used):
            raise Unusable("several predictions for an id")
        row_of = {one: row for row, one in enumerate(ids)}
        if len(used) < len(wanted):
            raise Unusable("no prediction for an id")
        self.order = [row_of[one] for one in holdout.ids]
        self.columns = columns
        self.holdout = holdout
        self.is_numeric = is_numeric

    def cells(self, name):
        cells = list(self.columns[name])
        return [cells[row] for row in self.order]

    def numbers(self, name):
        return to_numbers(self.cells(name), name)

    def probabilities(self, must_sum=False):
        """By class, for the classes of the labels."""
        by_class = {}
        has_others = False
        texts = read_class_texts([name.removeprefix("proba_") for name in self.columns if name.startswith("proba_")])
        name_class = self.find_naming(texts)
        for name in self.columns:
            if not name.startswith("proba_"):
                continue
            key = name_class(read_class_texts([name.removeprefix("proba_")])[0])
            if key in by_class:
                raise Unusable("two columns of one class")
            if key in self.holdout.names:
                by_class[key] = clip(self.numbers(name), name)
            else:
                has_others = True
        if len(self.holdout.names) == 2 and len(by_class) == 1:
            [(known, values)] = by_class.items()
            [other] = [name for name in self.holdout.names if name != known]
            by_class[other] = 1 - values
        if must_sum and len(by_class) == len(self.holdout.names):
            total = sum(by_class.values())
            if (total > 1 + SUM_TOLERANCE).any() or not has_others and (total < 1 - SUM_TOLERANCE).any():
                raise Unusable("the probabilities of a row do not sum to 1")
        return by_class

    def find_naming(self, texts):
        """How a column with these texts names the classes of the labels."""
        known = self.holdout.texts_of_labels
        if self.holdout.are_texts:
            return str
        if are_texts(set(texts)):
            return lambda text: to_class(text) if text in known else text
        return to_class

    def classes(self):
        if "prediction" not in self.columns:
            raise Unusable("no column prediction")
        texts = read_class_texts(self.cells("prediction"))
        classes = [*map(self.find_naming(texts), texts)]
        require_present(classes, self.holdout.policy, "prediction")
        known = set(self.holdout.names)
        plain = {look_alike(name) for name in known}
        # If two labels differ in their spelling only, spellings are classes.
        for one in set(classes) - known if len(plain) == len(known) else ():
            if look_alike(one) in plain:
                raise Unusable(f"the class {one!r} is another spelling of a label")
        return np.array(classes, dtype=object)

    def scores(self):
        if self.is_numeric and "prediction" in self.columns:
            return self.numbers("prediction")
        if "score" in self.columns:
            return self.numbers("score")
        if self.is_numeric:
            raise Unusable("no column with numbers")
        probabilities = self.probabilities()
        if self.holdout.positive not in probabilities:
            raise Unusable("no score")
        return probabilities[self.holdout.positive]


def clip(values, name):
    if (values < -1e-5).any() or (values > 1 + 1e-5).any():
        raise Unusable(f"{name} has values that are no probabilities")
    return np.clip(values, 0, 1)


def measure(metric, holdout, predictions, rows):
    labels = holdout.labels[rows]
    weights = holdout.weights[rows]
    weight = weights if holdout.is_weighted else None
    ranking = RANKING.fullmatch(metric)
    if ranking:
        return measure_ranking(ranking[1], int(ranking[2]), holdout, predictions.scores(), rows)
    if metric in ("mae", "rmse", "r2"):
        values = predictions.scores()[rows]
        if metric == "r2" and len(set(labels)) < 2:
            raise Unusable("labels of one value")
        function = {
            "mae": metrics.mean_absolute_error,
            "rmse": metrics.root_mean_squared_error,
            "r2": metrics.r2_score,
        }[metric]
        return function(labels, values, sample_weight=weight)
    if metric == "log_loss":
        return measure_log_loss(holdout, predictions, rows, labels, weight)
    is_positive = (labels == holdout.positive).astype(int)
    if metric == "auc":
        if holdout.positive is None or not 0 < is_positive.sum() < len(labels):
            raise Unusable("no positive, or no negative row")
        return metrics.roc_auc_score(is_positive, predictions.scores()[rows], sample_weight=weight)
    classes = predictions.classes()[rows]
    codes = {name: code for code, name in enumerate({*labels, *classes})}
    # scikit-learn is slow with texts.
    labels, classes = ([codes[name] for name in names] for names in (labels, classes))
    if metric == "accuracy":
        return metrics.accuracy_score(labels, classes, sample_weight=weight)
    if metric == "balanced_accuracy":
        return metrics.balanced_accuracy_score(labels, classes, sample_weight=weight)
    if metric == "f1_macro":
        return metrics.f1_score(labels, classes, average="macro", zero_division=0, sample_weight=weight)
    if holdout.positive is None:
        raise Unusable("no positive class")
    function = {"f1": metrics.f1_score, "precision": metrics.precision_score, "recall": metrics.recall_score}[metric]
    predicted = (np.array(classes) == codes.get(holdout.positive)).astype(int)
    return function(is_positive, predicted, pos_label=1, zero_division=0, sample_weight=weight)


def measure_log_loss(holdout, predictions, rows, labels, weight):
    if len(holdout.names) < 2:
        raise Unusable("labels of one class")
    by_class = predictions.probabilities(must_sum=True)
    if not by_class:
        if len(holdout.names) != 2 or holdout.positive is None:
            raise Unusable("no probabilities")
        score = clip(predictions.scores(), "score")
        [other] = [name for name in holdout.names if name != holdout.positive]
        by_class = {holdout.positive: score, other: 1 - score}
    if len(by_class) < len(holdout.names):
        raise Unusable("a class without probabilities")
    table = np.column_stack([by_class[name] for name in holdout.names])[rows]
    return metrics.log_loss(labels, table, labels=holdout.names, sample_weight=weight)


def measure_ranking(family, k, holdout, scores, rows):
    queries = holdout.texts.get("query", holdout.texts.get("group"))
    if queries is None:
        raise Unusable("no queries")
    if holdout.names:
        relevance = (holdout.labels == holdout.positive).astype(float)
    else:
        relevance = holdout.labels
    if (relevance < 0).any():
        raise Unusable("a negative relevance")
    values, weights = [], []
    for query in sorted(set(queries[rows])):
        members = [row for row in rows if queries[row] == query]
        relevant, ranks = relevance[members], scores[members]
        if not (relevant > 0).any():
            continue
        weights.append(holdout.weights[members].mean())
        if family == "hit":
            # A tie counts in the worst order: rows that are not relevant come first.
            order = np.lexsort((relevant > 0, -ranks))
            values.append(float((relevant[order[:k]] > 0).any()))
        elif len(members) == 1:
            values.append(1.0)
        else:
            values.append(metrics.ndcg_score([relevant], [ranks], k=k))
    if not values:
        raise Unusable("no relevant row")
    return np.average(values, weights=weights)


STOPS = (Unusable, ValueError, EOFError, OSError, zlib.error, pa.ArrowException)


def describe(error):
    return {"unusable": f"{type(error).__name__}: {error}"[:200]}


def answer(case):
    folder = Path(case["folder"])
    for name, content in case["parquet"].items():
        write_parquet(folder / name, content["columns"], content["options"])
    policy = case["policy"]
    metric, holdout_policy = policy["metric"], policy["holdout"]
    is_ranking = RANKING.fullmatch(metric) is not None
    is_numeric = metric in ("mae", "rmse", "r2") or is_ranking and "positive" not in holdout_policy
    try:
        holdout = Holdout(folder, holdout_policy, is_numeric)
        slices = [
            (f"{metric} where {rule['column']} is {value}", rows)
            for rule in policy.get("slices", [])
            for value, rows in holdout.slices(rule["column"]).items()
        ]
    except STOPS as error:
        return {"young": 0, **{model: {metric: describe(error)} for model in ("candidate", "champion")}}
    every = np.arange(len(holdout.ids))
    wanted = [(metric, metric, every), *((subject, metric, rows) for subject, rows in slices)]
    wanted += [(rule["metric"], rule["metric"], every) for rule in policy.get("guardrails", [])]
    models = {model: measure_all(folder / model, holdout, is_numeric, wanted) for model in ("candidate", "champion")}
    return {"young": holdout.count_young(), **models}


def measure_all(path, holdout, is_numeric, wanted):
    """The value of each subject of the report, or why there is none."""
    try:
        predictions = Predictions(path, holdout, is_numeric)
    except STOPS as error:
        return {subject: describe(error) for subject, _, _ in wanted}
    values = {}
    for subject, metric, rows in wanted:
        try:
            value = float(measure(metric, holdout, predictions, rows))
            values[subject] = {"value": value} if math.isfinite(value) else {"unusable": f"the value is {value}"}
        except STOPS as error:
            values[subject] = describe(error)
    return values


for line in sys.stdin:
    print(json.dumps([answer(case) for case in json.loads(line)]), flush=True)
