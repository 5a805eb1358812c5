"""As PyTorch exports it: opsets, precisions, open sizes."""
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .network import NETWORK, X, exact, export
from .store import fixture

F16, BF16, F32 = TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.FLOAT


def opsets():
    y = exact()(X.double())
    for opset in (9, 11, 13, 17):
        fixture(f'opset-{opset}', f'exported by PyTorch 1.13 at opset {opset}', export(opset), {'x': X}, {'y': y})


def newest():
    """At opset 20, with operators in the form that only later opsets have."""
    model = export(17)
    model.ir_version = 9
    model.opset_import[0].version = 20
    relu = next(node for node in model.graph.node if node.op_type == 'Relu')
    relu.op_type = 'Gelu'
    relu.attribute.append(helper.make_attribute('approximate', 'tanh'))
    pool = next(node for node in model.graph.node if node.op_type == 'GlobalAveragePool')
    pool.op_type = 'ReduceMean'
    pool.input.append('axes')
    model.graph.initializer.append(helper.make_tensor('axes', TensorProto.INT64, [2], [2, 3]))
    network = exact()
    features = torch.nn.functional.gelu(network.first.sum(X.double()), approximate='tanh')
    fixture('opset-20', 'opset 20: Gelu, ReduceMean with axes as an input', model, {'x': X},
            {'y': network.classify(network.second(features))})


def double():
    network, x = exact(), X.double()
    fixture('double', 'float64 throughout; ONNX Runtime has no such Conv', export(13, network, x), {'x': x},
            {'y': network(x)}, dtype=torch.float64, referee='none', tolerance=1e-12)


def bfloat(array):
    """The upper halves of float32, rounded to nearest, ties to even."""
    bits = array.astype(np.float32).view(np.uint32)
    return ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def narrow(model, to):
    """All weights in 16 bits; gives them as the network has them then."""
    network = exact()
    parameters = network.state_dict()
    for weight in model.graph.initializer:
        if weight.data_type != F32:
            continue
        array = numpy_helper.to_array(weight)
        bits = bfloat(array) if to == BF16 else array.astype(np.float16).view(np.uint16)
        weight.data_type = to
        weight.raw_data = bits.tobytes()
        wide = (bits.astype(np.uint32) << 16).view(np.float32) if to == BF16 else bits.view(np.float16)
        parameters[weight.name].copy_(torch.tensor(wide.astype(np.float64)))
    return network


def cast(x, y, to):
    return helper.make_node('Cast', [x], [y], name=f'cast_{y}', to=to)


def halves():
    model = export(13)
    network = narrow(model, F16)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = F16
    x = X.half()
    fixture('float16', 'float16 throughout, inputs and outputs as well', model, {'x': x}, {'y': network(x.double())},
            tolerance=4e-3, weights='FLOAT16')


def casts():
    model = export(13)
    network = narrow(model, F16)
    graph = model.graph
    for node in graph.node:
        node.input[:] = ['x_half' if name == 'x' else name for name in node.input]
        node.output[:] = ['y_half' if name == 'y' else name for name in node.output]
    graph.node.insert(0, cast('x', 'x_half', F16))
    graph.node.append(cast('y_half', 'y', F32))
    # The Cast in front changes nothing of these numbers.
    x = X.half().float()
    fixture('float16-cast', 'float16 inside, with a Cast in front and one behind', model, {'x': x},
            {'y': network(x.double())}, tolerance=4e-3, weights='FLOAT16', opaque=['Cast'])


def brains():
    model = export(13)
    network = narrow(model, BF16)
    graph = model.graph
    for weight in graph.initializer:
        graph.node.insert(0, cast(f'{weight.name}.bf16', weight.name, F32))
        weight.name += '.bf16'
    fixture('bfloat16-weights', 'weights in bfloat16, each with a Cast to float', model, {'x': X},
            {'y': network(X.double())})


def open_sizes():
    y = exact()(X.double())
    batch = {'x': {0: 'batch'}, 'y': {0: 'batch'}}
    fixture('dynamic-batch', 'an open batch', export(13, dynamic_axes=batch), {'x': X}, {'y': y})
    size = {'x': {0: 'batch', 2: 'height', 3: 'width'}, 'y': {0: 'batch'}}
    fixture('dynamic-size', 'open batch, height and width', export(13, dynamic_axes=size), {'x': X}, {'y': y})
    model = export(13)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    dims[0].dim_param = 'batch size!'
    dims[2].ClearField('dim_value')
    dims[3].dim_param = '2x'
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = 'batch size!'
    fixture('dynamic-odd', 'open sizes with odd names and one without', model, {'x': X}, {'y': y})


def make():
    for write in (opsets, newest, double, halves, casts, brains, open_sizes):
        write()
