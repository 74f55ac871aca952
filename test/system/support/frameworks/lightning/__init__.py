"""Stands in for Lightning, which needs PyTorch: a trainer that logs by its logger."""

import torch


class LightningModule(torch.nn.Module):
    pass


class Trainer:
    def __init__(self, max_epochs, logger):
        self.max_epochs = max_epochs
        self.logger = logger

    def fit(self, model, loader):
        self.logger.log_hyperparams({"lr": 0.001})
        for epoch in range(self.max_epochs):
            self.logger.log_metrics({"train_loss": 0.5 / (epoch + 1)}, step=epoch)
        self.logger.finalize("success")
