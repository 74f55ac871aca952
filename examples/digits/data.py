"""Training and evaluation data: scikit-learn's digits, 1,797 scans of 8 x 8 pixels."""

import hashlib

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
FOLDER = "archive_folder"
LABEL = "label"

ARCHIVE_ROWS = 1797
HOLDOUT_ROWS = 600
# Every training uses the same split, because two models can be compared only on the same holdout.
SPLIT_SEED = 20


def load_archive() -> pd.DataFrame:
    """Returns the labelled archive: 64 pixels (0 to 16), the archive folder and the digit of each scan.

    The column `archive_folder` is not part of scikit-learn's digits. It simulates target leakage: the archive
    stores scans in one folder per digit, 98 % of them in the right one. Scans in production have no folder,
    so a model that uses this column fails there.
    """
    digits = load_digits(as_frame=True)
    frame = digits.data[PIXELS].copy()
    generator = np.random.default_rng(SPLIT_SEED)
    is_correct = generator.random(len(frame)) < 0.98
    frame[FOLDER] = np.where(is_correct, digits.target, generator.integers(0, 10, len(frame))).astype(float)
    frame[LABEL] = digits.target
    return frame


def split(archive: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns training rows and holdout rows. The holdout is always the same 600 rows."""
    return train_test_split(archive, test_size=HOLDOUT_ROWS, random_state=SPLIT_SEED, stratify=archive[LABEL])


def fingerprint(frame: pd.DataFrame) -> str:
    """Returns the SHA-256 of all rows. MLflow's dataset digest is 8 hex digits and covers only a sample."""
    return hashlib.sha256(frame.to_csv(index=True).encode()).hexdigest()
