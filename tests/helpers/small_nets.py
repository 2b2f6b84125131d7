"""Small classifiers for `module:callable`."""

from __future__ import annotations

from typing import Any


def paddle_net(num_classes: int) -> Any:
    """Two convolutions with batch norm, dropout, a linear head."""
    from paddle import nn

    return nn.Sequential(
        ("conv1", nn.Conv2D(3, 8, 3, stride=2, padding=1)),
        ("bn1", nn.BatchNorm2D(8)),
        ("relu1", nn.ReLU()),
        ("conv2", nn.Conv2D(8, 12, 3, stride=2, padding=1)),
        ("bn2", nn.BatchNorm2D(12)),
        ("relu2", nn.ReLU()),
        ("pool", nn.AdaptiveAvgPool2D(1)),
        ("flatten", nn.Flatten()),
        ("drop", nn.Dropout(0.3)),
        ("fc", nn.Linear(12, num_classes)),
    )


def torch_net(num_classes: int) -> Any:
    """The same in PyTorch, with the same names."""
    from collections import OrderedDict

    from torch import nn

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 8, 3, stride=2, padding=1),
            bn1=nn.BatchNorm2d(8),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(8, 12, 3, stride=2, padding=1),
            bn2=nn.BatchNorm2d(12),
            relu2=nn.ReLU(),
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            drop=nn.Dropout(0.3),
            fc=nn.Linear(12, num_classes),
        )
    )


def paddle_vit(class_num: int) -> Any:
    """A vision transformer of two blocks with a class token: no chain of children."""
    import paddle
    from paddle import nn

    class SmallViT(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2D(3, 16, 4, stride=4)
            self.cls_token = self.create_parameter([1, 1, 16])
            self.blocks = nn.LayerList([nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1) for _ in range(2)])
            self.norm = nn.LayerNorm(16)
            self.head = nn.Linear(16, class_num)

        def forward(self, x: Any) -> Any:
            x = self.patches(x).flatten(2).transpose([0, 2, 1])
            x = paddle.concat([self.cls_token.expand([x.shape[0], 1, 16]), x], axis=1)
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x)[:, 0])

    return SmallViT()
