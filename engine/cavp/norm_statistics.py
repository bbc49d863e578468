"""Batch norm's statistics for evaluation, gathered anew for the weights as they are now.

While weights move fast, the running averages lag behind them, and averaged weights fit no
running average at all. SlowFast's authors therefore count again before they evaluate.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def settle_norms(network: nn.Module, see_batches: Callable[[], object]) -> None:
    """Replace the running statistics of all batch norms by those over the batches seen now.

    The network is left in evaluation mode. One without batch norms only changes its mode and sees
    nothing.

    Args:
        network: With the weights that will be used.
        see_batches: Passes some training batches through the network; every batch counts alike.
    """
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    if norms:
        usual = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # torch's word for a plain mean
        network.train()
        with torch.no_grad():
            see_batches()
        for norm, momentum in zip(norms, usual, strict=True):
            norm.momentum = momentum
    network.eval()
