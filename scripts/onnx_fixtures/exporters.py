"""The habits of other exporters."""
import torch
from onnx import helper

from .files import Y, rename
from .network import NETWORK, X, exact, export
from .parts import STATISTICS, Parts
from .store import fixture


def keras():
    """As tf2onnx writes it: NHWC at the borders, SAME's asymmetric padding at stride 2, names with slashes and `:0`."""
    parts = Parts()
    prefix = 'StatefulPartitionedCall/model'

    def branch(x, name, part, pads):
        conv, norm = part
        kernel = parts.tensor(f'{prefix}/{name}/Conv2D/ReadVariableOp:0', conv.weight)
        bias = parts.tensor(f'{prefix}/{name}/BiasAdd/ReadVariableOp:0', torch.zeros(conv.out_channels))
        y = parts.node('Conv', [x, kernel, bias], f'{prefix}/{name}/BiasAdd:0', dilations=[1, 1], group=1, pads=pads,
                       strides=list(conv.stride), kernel_shape=list(conv.kernel_size))
        statistics = [parts.tensor(f'{prefix}/{name}/bn/{key}:0', getattr(norm, key)) for key in STATISTICS]
        return parts.node('BatchNormalization', [y, *statistics], f'{prefix}/{name}/bn/FusedBatchNormV3:0',
                          epsilon=1e-3)

    x = parts.node('Transpose', ['input_1:0'], f'{prefix}/conv2d/BiasAdd__6:0', perm=[0, 3, 1, 2])
    total = parts.node('Add', [branch(x, 'conv2d', NETWORK.first.dense, [1, 1, 1, 1]),
                               branch(x, 'conv2d_1', NETWORK.first.small, [0, 0, 0, 0])], f'{prefix}/add/add:0')
    first = parts.node('Relu', [total], f'{prefix}/re_lu/Relu:0')
    # The height, 9, needs a border on both sides; the width, 8, only on the right.
    total = parts.node('Add', [branch(first, 'conv2d_2', NETWORK.second.dense, [1, 0, 1, 1]),
                               branch(first, 'conv2d_3', NETWORK.second.small, [0, 0, 0, 0])], f'{prefix}/add_1/add:0')
    second = parts.node('Relu', [total], f'{prefix}/re_lu_1/Relu:0')
    last = parts.node('Transpose', [second], f'{prefix}/re_lu_1/Relu__12:0', perm=[0, 2, 3, 1])
    pooled = parts.node('ReduceMean', [last], f'{prefix}/global_average_pooling2d/Mean:0', axes=[1, 2], keepdims=0)
    matrix = parts.tensor(f'{prefix}/dense/MatMul/ReadVariableOp:0', NETWORK.head.weight.t())
    bias = parts.tensor(f'{prefix}/dense/BiasAdd/ReadVariableOp:0', NETWORK.head.bias)
    product = parts.node('MatMul', [pooled, matrix], f'{prefix}/dense/MatMul:0')
    parts.node('Add', [product, bias], 'dense')
    model = parts.model(inputs=[('input_1:0', ['unk__20', 9, 8, 4])], outputs=[('dense', ['unk__21', 3])])
    model.producer_name = 'tf2onnx'
    torch.manual_seed(4)
    x = torch.randn(2, 9, 8, 4)
    fixture('keras', 'NHWC at the borders, as tf2onnx writes Keras models', model, {'input_1:0': x},
            {'dense': keras_results(x)}, opaque=['Transpose', 'ReduceMean'])


def keras_results(x):
    network = exact()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.eps = 1e-3
    x = x.double().permute(0, 3, 1, 2)
    first = (network.first.dense(x) + network.first.small(x)).relu()
    conv, norm = network.second.dense
    padded = torch.nn.functional.pad(first, (0, 1, 1, 1))
    dense = norm(torch.nn.functional.conv2d(padded, conv.weight, stride=2))
    return network.classify((dense + network.second.small(first)).relu())


def paddle():
    """As paddle2onnx writes it: its names, an open batch of -1, a last Identity."""
    model = export(11)
    graph = model.graph
    names = {'x': 'x', 'y': 'linear_0.tmp_1'}
    kinds = {4: 'conv2d', 1: 'batch_norm'}
    order = {'weight': 'w_0', 'bias': 'b_0', 'running_mean': 'w_1', 'running_var': 'w_2'}
    numbers = {}
    for weight in graph.initializer:
        layer, key = weight.name.rsplit('.', 1)
        kind = 'linear' if layer == 'head' else kinds[len(weight.dims)]
        number = numbers.setdefault(layer, sum(name.startswith(kind) for name in numbers.values()))
        number = number if isinstance(number, str) else f'{kind}_{number}'
        numbers[layer] = number
        names[weight.name] = f'{number}.{order[key]}'
    counts = {}
    for node in graph.node:
        count = counts[node.op_type] = counts.get(node.op_type, -1) + 1
        node.name = f'p2o.{node.op_type}.{count}'
        for output in node.output:
            names.setdefault(output, f'{node.op_type.lower()}_{count}.tmp_0')
    rename(model, names)
    last = 'save_infer_model/scale_0.tmp_0'
    graph.node.append(helper.make_node('Identity', ['linear_0.tmp_1'], [last], name='p2o.Identity.0'))
    graph.output[0].name = last
    graph.name, model.producer_name = 'paddle-onnx', 'PaddlePaddle'
    for value in (graph.input[0], graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_value = -1
    fixture('paddle', 'the names of paddle2onnx, and its batch of -1', model, {'x': X},
            {last: Y['y']})


def make():
    keras()
    paddle()
