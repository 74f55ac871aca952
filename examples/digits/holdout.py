"""Writes holdout.csv, the labelled rows on which the gate evaluates models. It contains no pixels.

Run this script again after a change of data.py, and commit the file.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data import LABEL, PIXELS, load_archive, split

ID = "id"
INK = "ink"
FILE = Path(__file__).with_name("holdout.csv")


def build_labels(holdout: pd.DataFrame) -> pd.DataFrame:
    """Returns one row per scan: its number in the archive, its digit, and whether its ink is thin or heavy.

    The median of the ink separates thin from heavy, so that each slice has enough rows.
    """
    ink = holdout[PIXELS].sum(axis=1)
    table = pd.DataFrame({LABEL: holdout[LABEL], INK: np.where(ink > ink.median(), "heavy", "thin")})
    return table.rename_axis(ID).sort_index()


def main() -> None:
    """Writes the file to commit."""
    _, holdout = split(load_archive())
    build_labels(holdout).to_csv(FILE, lineterminator="\n")


if __name__ == "__main__":
    main()
