"""The model in MODEL_DIR: its identity from MLmodel, and its predictions."""

from dataclasses import dataclass
from pathlib import Path

import yaml

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
MAX_PIXEL_VALUE = 16.0


class ModelNotFoundError(Exception):
    """The folder contains no model, or another model than the requested one."""


class ModelLoadError(Exception):
    """This image cannot load the model."""


class InvalidRowsError(ValueError):
    """The rows of a request are not scans."""


@dataclass(frozen=True)
class ModelIdentity:
    """Identity of the served model. Run id and model id come from MLmodel."""

    name: str
    version: str
    run_id: str
    model_id: str


def read_identity(name: str, version: str, directory: Path) -> ModelIdentity:
    """Reads MLmodel. Fails on an empty folder, because MLflow's download exits 0 if it finds no files."""
    mlmodel_file = directory / "MLmodel"
    if not mlmodel_file.is_file():
        problem = "is empty" if directory.is_dir() and not any(directory.iterdir()) else "has no MLmodel file"
        raise ModelNotFoundError(f"{directory} {problem}: was version {version} of {name} downloaded?")
    registered = _read_yaml(directory / "registered_model_meta")
    # MLflow's download writes this file. Its fields are null if the model was not downloaded by version.
    found_name = str(registered.get("model_name") or name)
    found_version = str(registered.get("model_version") or version)
    if (found_name, found_version) != (name, version):
        found = f"version {found_version} of {found_name}"
        raise ModelNotFoundError(f"{directory} contains {found}, not version {version} of {name}")
    mlmodel = _read_yaml(mlmodel_file)
    return ModelIdentity(name, version, str(mlmodel.get("run_id") or ""), str(mlmodel.get("model_id") or ""))


def read_trained_accuracy(directory: Path) -> float | None:
    """Returns the accuracy that the training logged with the model, or None without a number from 0 to 1."""
    metadata = _read_yaml(directory / "MLmodel").get("metadata")
    accuracy = metadata.get("accuracy") if isinstance(metadata, dict) else None
    # NaN fails the comparison. `type` excludes bool, a subclass of int.
    return float(accuracy) if type(accuracy) in (int, float) and 0 <= accuracy <= 1 else None


class Classifier:
    """The loaded model. Loading a pickle runs code: only trusted jobs may write to the registry."""

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
        """Input columns that requests do not contain. The model gets missing values for them."""
        return [feature for feature in self.features if feature not in PIXELS]

    def predict(self, rows: list[list[float]]) -> list[int]:
        """Returns the predicted digit of each scan."""
        scans = self._frame(rows, columns=PIXELS).reindex(columns=self.features)
        return [int(digit) for digit in self._pipeline.predict(scans)]


def parse_rows(rows: object) -> list[list[float]]:
    """Validates the rows of a request: scans of 64 numbers from 0 to 16. Raises InvalidRowsError."""
    if not isinstance(rows, list) or not rows:
        raise InvalidRowsError('"rows" must be a non-empty list of scans')
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(PIXELS):
            raise InvalidRowsError(f"row {index}: a scan is a list of {len(PIXELS)} numbers")
        for value in row:
            # NaN fails the comparison. `type` excludes bool, a subclass of int.
            if type(value) not in (int, float) or not 0 <= value <= MAX_PIXEL_VALUE:
                raise InvalidRowsError(
                    f"row {index}: every pixel is a number from 0 to {MAX_PIXEL_VALUE:.0f}"
                )
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
