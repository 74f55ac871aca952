"""Stands in for PyTorch, which is too large to install for one test: what mlflow.pytorch.log_model calls of it."""

import types

__version__ = "2.15.0"


class Module:
    pass


class ScriptModule(Module):
    pass


nn = types.SimpleNamespace(Module=Module)
jit = types.SimpleNamespace(ScriptModule=ScriptModule)


class Tensor:
    pass


def save(model, path, pickle_module, **options):
    with open(path, "wb") as file:
        pickle_module.dump(model, file)
