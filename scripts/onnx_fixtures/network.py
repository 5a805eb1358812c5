"""The network that the fixtures hold: two RepVGG blocks, a global pool and a linear layer."""
import copy
import io

import onnx
import torch
from torch import nn

SHAPE = (2, 4, 9, 7)


def conv_bn(inputs, outputs, kernel, stride):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """3x3 and 1x1 convolutions, and the identity where shapes match, each with its BatchNorm."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.dense = conv_bn(inputs, outputs, 3, stride)
        self.small = conv_bn(inputs, outputs, 1, stride)
        self.same = nn.BatchNorm2d(inputs) if inputs == outputs and stride == 1 else None

    def sum(self, x):
        y = self.dense(x) + self.small(x)
        return y if self.same is None else y + self.same(x)

    def forward(self, x):
        return torch.relu(self.sum(x))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Block(4, 4, 1)
        self.second = Block(4, 6, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(6, 3)

    def classify(self, features):
        return self.head(torch.flatten(self.pool(features), 1))

    def forward(self, x):
        return self.classify(self.second(self.first(x)))


def random_network():
    """Random weights and statistics, the same ones each time."""
    torch.manual_seed(20260607)
    network = Network()
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.weight.uniform_(0.5, 1.5)
                part.bias.normal_(0, 0.5)
                part.running_mean.normal_(0, 0.5)
                part.running_var.uniform_(0.5, 2)
    return network.eval()


NETWORK = random_network()
torch.manual_seed(1)
X = torch.randn(SHAPE)


def exact(network=NETWORK):
    """The network in float64, for results that are rounded once."""
    return copy.deepcopy(network).double()


def export(opset, network=NETWORK, x=X, **options):
    """What PyTorch writes: in training form, every branch and BatchNormalization kept."""
    file = io.BytesIO()
    torch.onnx.export(network, x, file, opset_version=opset, input_names=['x'], output_names=['y'],
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, **options)
    return onnx.load_from_string(file.getvalue())
