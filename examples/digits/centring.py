"""A custom preprocessing step. A model that uses it can be loaded only where this module is installed."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class CentreOfMass(TransformerMixin, BaseEstimator):
    """Shifts each 8 x 8 scan so that the centre of mass of its ink is in the middle."""

    def fit(self, scans, labels=None):
        """Learns nothing. scikit-learn recognises a fitted step by `n_features_in_`."""
        self.n_features_in_ = np.asarray(scans).shape[1]
        return self

    def transform(self, scans):
        """Returns the scans, shifted by whole pixels."""
        images = np.asarray(scans, dtype=float).reshape(-1, 8, 8)
        return np.stack([_centred(image) for image in images]).reshape(len(images), -1)


def _centred(image: np.ndarray) -> np.ndarray:
    ink = image.sum()
    if ink == 0:
        return image
    positions = np.arange(8)
    down = round(3.5 - float(image.sum(axis=1) @ positions / ink))
    right = round(3.5 - float(image.sum(axis=0) @ positions / ink))
    return np.roll(image, (down, right), axis=(0, 1))
