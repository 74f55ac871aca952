"""Stands in for Keras 3, which is too large to install for one test: what MLflow's callback and log_model call of it.

The callback and log_model themselves are MLflow's own.
"""

import sys
import types

__version__ = "3.15.1"


class Callback:
    def set_model(self, model):
        self.model = model

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *args, **kwargs: None
        raise AttributeError(name)


class Adam:
    def get_config(self):
        return {"name": "adam", "learning_rate": 0.001}


class Sequential:
    def __init__(self, layers):
        self.layers = layers

    def compile(self, **config):
        self.optimizer = Adam()

    def summary(self, print_fn=print):
        print_fn(f'Model: "sequential", {len(self.layers)} layers')

    def fit(self, x, y, epochs=1, callbacks=(), **options):
        logs = {}
        for callback in callbacks:
            callback.set_model(self)
            callback.on_train_begin()
        for epoch in range(epochs):
            logs = {"accuracy": 1 - 0.5 / (epoch + 1), "loss": 0.5 / (epoch + 1)}
            for callback in callbacks:
                callback.on_batch_end(epoch, logs)
                callback.on_epoch_end(epoch, logs)
        for callback in callbacks:
            callback.on_train_end(logs)

    def save(self, path, **options):
        with open(path, "w") as file:
            file.write("weights")


def Input(shape):
    return ("input", shape)


def submodule(name, **content):
    module = types.ModuleType(f"keras.{name}")
    module.__dict__.update(content)
    sys.modules[module.__name__] = module
    return module


callbacks = submodule("callbacks", Callback=Callback)
layers = submodule("layers", Dense=lambda *args, **kwargs: ("dense", args, kwargs))
backend = submodule("backend", backend=lambda: "jax")
