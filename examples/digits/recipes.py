"""Named ways to train the model, from honest to broken; each is a set of hyperparameters and nothing else."""

from dataclasses import dataclass

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

from centring import CentreOfMass
from data import ARCHIVE_ROWS, HOLDOUT_ROWS, PIXELS, TRAY


@dataclass(frozen=True)
class Recipe:
    """How much it is trained on, what it looks at, and the two settings of the support vector machine."""

    rows: int
    c: float = 1.0
    gamma: float = 0.001
    centred: bool = False
    tray: bool = False

    @property
    def features(self) -> list[str]:
        """The columns that this model asks for, in order."""
        return [*PIXELS, TRAY] if self.tray else PIXELS


RECIPES = {
    # Too few labelled rows, then more, then enough: the honest ladder.
    "worse": Recipe(rows=80),
    "baseline": Recipe(rows=150),
    "better": Recipe(rows=340),
    # A few rows more than `better`, and a few more digits right: 600 rows cannot tell whether that is luck.
    "alike": Recipe(rows=420),
    # Trains and scores well, but its pickle names a module of this folder that the serving image lacks.
    "broken": Recipe(rows=ARCHIVE_ROWS - HOLDOUT_ROWS, centred=True),
    # Scores best on any holdout cut from the archive, and goes blind in production, where no tray is known.
    "leaky": Recipe(rows=340, tray=True),
}


def build(recipe: Recipe) -> Pipeline:
    """The untrained pipeline of a recipe."""
    columns = [("pixels", CentreOfMass() if recipe.centred else "passthrough", PIXELS)]
    if recipe.tray:
        filed = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False))
        columns.append((TRAY, filed, [TRAY]))
    # A pixel goes up to 16; the weight lets the tray count for more than any stroke does.
    weights = {TRAY: 20.0} if recipe.tray else None
    features = ColumnTransformer(columns, transformer_weights=weights)
    return Pipeline([("features", features), ("svm", SVC(C=recipe.c, gamma=recipe.gamma))])
