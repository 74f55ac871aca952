"""Writes the files of each case, and what Evidently's default preset finds in them.

usage: evidently_check.py FOLDER REPETITIONS; prints one JSON object.
"""

import json
import pathlib
import sys
import warnings

import evidently
import numpy as np
import pandas as pd
from cases import BEYOND, NO_SHIFTS, SHIFTS, TIME_COLUMNS

warnings.filterwarnings("ignore")

from evidently import Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402


def check(reference, current):
    """Returns the drifted columns, and whether their share of 0.5 makes the data drifted."""
    # A time stamp always differs. drift-check does not compare it either.
    reference, current = (frame.drop(columns="time", errors="ignore") for frame in (reference, current))
    try:
        result = Report([DataDriftPreset()]).run(current, reference).dict()
    except Exception as error:  # Evidently has no error type of its own.
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    count = next(m["value"] for m in result["metrics"] if "DriftedColumnsCount" in m["metric_name"])
    drifted = [m["config"]["column"] for m in result["metrics"] if "column" in m["config"] and has_drifted(m)]
    if len(drifted) != count["count"]:
        raise RuntimeError(f"{drifted} is not what Evidently counts: {count}")
    return {"driftedColumns": drifted, "datasetDrift": bool(count["share"] >= 0.5)}


def has_drifted(metric):
    method, threshold = metric["config"]["method"], metric["config"]["threshold"]
    return metric["value"] <= threshold if "p_value" in method else metric["value"] >= threshold


def main(folder, repetitions):
    cases = []
    kinds = {"shift": SHIFTS, "no-shift": NO_SHIFTS, "beyond": BEYOND}
    for kind, group in kinds.items():
        for number, (name, (description, draw, *column)) in enumerate(group.items()):
            trials = []
            for repetition in range(repetitions):
                rng = np.random.default_rng([list(kinds).index(kind), number, repetition])
                sides = dict(zip(("reference", "current"), draw(rng)))
                files = {}
                for side, frame in sides.items():
                    files[side] = str(pathlib.Path(folder, f"{name}-{repetition}-{side}.csv"))
                    frame.to_csv(files[side], index=False)
                trials.append({**files, "evidently": check(sides["reference"], sides["current"])})
            cases.append(
                {
                    "name": name,
                    "kind": kind,
                    "description": description,
                    "column": next(iter(column), None),
                    "timeColumn": TIME_COLUMNS.get(name),
                    "trials": trials,
                }
            )
    print(json.dumps({"evidently": evidently.__version__, "pandas": pd.__version__, "cases": cases}))


main(sys.argv[1], int(sys.argv[2]))
