"""The model in MODEL_DIR: what its MLmodel says of it, and its predictions."""

from dataclasses import dataclass
from pathlib import Path

import yaml

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
MAX_PIXEL_VALUE = 16.0


class ModelNotFoundError(Exception):
    """The folder holds no model, or another one than the one asked for."""


class ModelLoadError(Exception):
    """The model is there and this image cannot load it."""


class InvalidRowsError(ValueError):
    """The rows of a request are not scans."""


@dataclass(frozen=True)
class ModelIdentity:
    """Whose predictions these are. The run and model id are what MLmodel carries, not what was asked for."""

    name: str
    version: str
    run_id: str
    model_id: str


def read_identity(name: str, version: str, directory: Path) -> ModelIdentity:
    """Reads MLmodel. An empty folder is refused: MLflow's download exits 0 with nothing to fetch."""
    described = directory / "MLmodel"
    if not described.is_file():
        found = "is empty" if directory.is_dir() and not any(directory.iterdir()) else "has no MLmodel file"
        raise ModelNotFoundError(f"{directory} {found}: was version {version} of {name} downloaded?")
    registered = _read_yaml(directory / "registered_model_meta")
    # MLflow's download writes this file beside a model; its fields are null where no version was asked for.
    asked = (name, version)
    came = (str(registered.get("model_name") or name), str(registered.get("model_version") or version))
    if came != asked:
        raise ModelNotFoundError(f"{directory} holds version {came[1]} of {came[0]}, not version {version} of {name}")
    mlmodel = _read_yaml(described)
    return ModelIdentity(name, version, str(mlmodel.get("run_id") or ""), str(mlmodel.get("model_id") or ""))


class Classifier:
    """The loaded model. Its pickle is code: it must come from a registry that only trusted jobs write to."""

    def __init__(self, directory: Path):
        try:
            import mlflow.sklearn
            import pandas

            self._pipeline = mlflow.sklearn.load_model(str(directory))
            self._frame = pandas.DataFrame
            self.features = [str(feature) for feature in self._pipeline.feature_names_in_]
            self.predict([[0.0] * len(PIXELS)])
        except Exception as error:
            reason = " ".join(str(error).split())
            raise ModelLoadError(f"{type(error).__name__}: {reason}") from error

    @property
    def unknown_features(self) -> list[str]:
        """What the model was trained on and no request can bring; it sees a missing value there."""
        return [feature for feature in self.features if feature not in PIXELS]

    def predict(self, rows: list[list[float]]) -> list[int]:
        """The digit that each scan shows."""
        scans = self._frame(rows, columns=PIXELS).reindex(columns=self.features)
        return [int(digit) for digit in self._pipeline.predict(scans)]


def parse_rows(rows: object) -> list[list[float]]:
    """Checks the rows of a request: scans of 64 numbers from 0 to 16, line by line. Raises InvalidRowsError."""
    if not isinstance(rows, list) or not rows:
        raise InvalidRowsError('"rows" must be a non-empty list of scans')
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(PIXELS):
            raise InvalidRowsError(f"row {index}: a scan is a list of {len(PIXELS)} numbers, line by line")
        for value in row:
            # NaN fails the comparison too; a bool is an int to Python and not to us.
            if type(value) not in (int, float) or not 0 <= value <= MAX_PIXEL_VALUE:
                raise InvalidRowsError(f"row {index}: every pixel is a number from 0 to {MAX_PIXEL_VALUE:.0f}")
    return rows


def _read_yaml(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ModelNotFoundError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ModelNotFoundError(f"{path} is not a mapping")
    return content
