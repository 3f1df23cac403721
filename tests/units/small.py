"""Small networks for tests of units: the same one with ReLU modules and with functions, and others."""

import torch
from torch import nn
from torch.nn import functional


class Modules(nn.Module):
    """Convolutions, batch norm, ReLU modules (one in place), a plain pool, a classifier."""

    def __init__(self, seed: int = 0, overlapping: bool = False) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2) if overlapping else nn.MaxPool2d(2)
        self.second = nn.Conv2d(8, 12, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.classifier = nn.Linear(12, 5)
        self.norm.running_mean.normal_(0, 0.1)
        self.norm.running_var.uniform_(0.5, 1.5)

    def forward(self, x):
        x = self.pool(self.relu1(self.norm(self.first(x))))
        return self.classifier(self.relu2(self.second(x)).mean((2, 3)))


class Functions(Modules):
    """The same weights and numbers; its ReLUs and pool are functions of many spellings."""

    def forward(self, x):
        x = torch.relu_(self.norm(self.first(x)))
        x = functional.max_pool2d(x, self.pool.kernel_size, self.pool.stride)
        return self.classifier(self.second(x).clamp(min=0).mean((2, 3)))


def images(count: int = 4, side: int = 16, seed: int = 1) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def linear(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
