"""Named sets of hyperparameters, for good models and for models with a known defect."""

from dataclasses import dataclass

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

from centring import CentreOfMass
from data import ARCHIVE_ROWS, FOLDER, HOLDOUT_ROWS, PIXELS


@dataclass(frozen=True)
class Recipe:
    """Number of training rows, features, and settings of the support vector machine."""

    rows: int
    c: float = 1.0
    gamma: float = 0.001
    centred: bool = False
    archive_folder: bool = False

    @property
    def features(self) -> list[str]:
        """Input columns of the model, in order."""
        return [*PIXELS, FOLDER] if self.archive_folder else PIXELS


RECIPES = {
    # These three differ only in the number of training rows.
    "worse": Recipe(rows=80),
    "baseline": Recipe(rows=150),
    "better": Recipe(rows=340),
    # Slightly better than `better`. 600 holdout rows are too few to distinguish that from chance.
    "alike": Recipe(rows=420),
    # Scores well, but its pickle needs the module centring.py, which the serving image does not contain.
    "broken": Recipe(rows=ARCHIVE_ROWS - HOLDOUT_ROWS, centred=True),
    # Scores best on every holdout from the archive and fails in production, where archive_folder is missing.
    "leaky": Recipe(rows=340, archive_folder=True),
}


def build(recipe: Recipe) -> Pipeline:
    """Returns the untrained pipeline of a recipe."""
    columns = [("pixels", CentreOfMass() if recipe.centred else "passthrough", PIXELS)]
    if recipe.archive_folder:
        encoder = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False))
        columns.append((FOLDER, encoder, [FOLDER]))
    # Pixels go up to 16. The weight makes the model rely on the leaked column.
    weights = {FOLDER: 20.0} if recipe.archive_folder else None
    features = ColumnTransformer(columns, transformer_weights=weights)
    return Pipeline([("features", features), ("svm", SVC(C=recipe.c, gamma=recipe.gamma))])
