"""Writes holdout.csv, the labels that a gate judges every model by: no pixels, and nothing that a model said.

Run it again when data.py changes, and commit what it writes: the evidence of a gate is bound to these rows.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data import LABEL, PIXELS, load_archive, split

ID = "id"
INK = "ink"
FILE = Path(__file__).with_name("holdout.csv")


def build_labels(holdout: pd.DataFrame) -> pd.DataFrame:
    """One row per scan: its number in the archive, the digit it shows, and whether its ink is thin or heavy.

    The median of the ink on a scan divides them, so that each half has rows enough to be judged alone.
    """
    ink = holdout[PIXELS].sum(axis=1)
    table = pd.DataFrame({LABEL: holdout[LABEL], INK: np.where(ink > ink.median(), "heavy", "thin")})
    return table.rename_axis(ID).sort_index()


def main() -> None:
    """The file that is committed."""
    _, holdout = split(load_archive())
    build_labels(holdout).to_csv(FILE, lineterminator="\n")


if __name__ == "__main__":
    main()
