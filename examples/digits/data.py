"""The rows that train and evaluate the model: scikit-learn's digits, 1,797 scans of 8 x 8 pixels."""

import hashlib

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
TRAY = "tray"
LABEL = "label"

ARCHIVE_ROWS = 1797
HOLDOUT_ROWS = 600
# The split is part of the data, not of a training: two models can only be compared on the same holdout.
SPLIT_SEED = 20


def load_archive() -> pd.DataFrame:
    """The labelled archive: 64 pixels (0 to 16), the tray that a scan was filed in, and the digit it shows.

    The tray is the one column that digits does not come with. It stands for a typical archive: a clerk sorted
    the paper by digit before the scan, and the sorting (right 49 times in 50) stayed in the table. A
    scan that arrives in production has no tray, so a model that leans on it is good only here.
    """
    digits = load_digits(as_frame=True)
    frame = digits.data[PIXELS].copy()
    misfiled = np.random.default_rng(SPLIT_SEED)
    right = misfiled.random(len(frame)) < 0.98
    frame[TRAY] = np.where(right, digits.target, misfiled.integers(0, 10, len(frame))).astype(float)
    frame[LABEL] = digits.target
    return frame


def split(archive: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training rows and holdout rows; the holdout is the same 600 rows for every training."""
    return train_test_split(archive, test_size=HOLDOUT_ROWS, random_state=SPLIT_SEED, stratify=archive[LABEL])


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 over every value of every row (MLflow's own dataset digest is 8 hex digits of a sample)."""
    return hashlib.sha256(frame.to_csv(index=True).encode()).hexdigest()
