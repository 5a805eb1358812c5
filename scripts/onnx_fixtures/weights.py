"""Weights in the ways in which files hold them."""
import onnx
from onnx import TensorProto, helper, numpy_helper

from .network import X, exact, export
from .store import FOLDER, fixture

Y = {'y': exact()(X.double())}


def among_inputs():
    model = export(9)
    model.ir_version = 3
    graph = model.graph
    for weight in graph.initializer:
        graph.input.append(helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims))
    fixture('weights-among-inputs', 'file format 3: every weight is an input with a default', model, {'x': X}, Y)


def constants():
    model = export(13)
    graph = model.graph
    for weight in graph.initializer:
        graph.node.insert(0, helper.make_node('Constant', [], [weight.name], name=f'{weight.name}/Constant',
                                              value=weight))
    del graph.initializer[:]
    fixture('weights-in-constants', 'every weight is a Constant node', model, {'x': X}, Y)


def listed():
    model = export(13)
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight).flatten()
        weight.ClearField('raw_data')
        if weight.data_type == TensorProto.FLOAT:
            weight.float_data.extend(values)
        else:
            weight.int64_data.extend(values)
    fixture('weights-listed', 'float_data in place of raw_data', model, {'x': X}, Y)


def sparse():
    """The 3x3 kernel of the first block, without its corners."""
    network = exact()
    kernel = network.first.dense[0].weight
    for i in (0, 2):
        for j in (0, 2):
            kernel.data[:, :, i, j] = 0
    model = export(13)
    graph = model.graph
    dense = next(weight for weight in graph.initializer if weight.name == 'first.dense.0.weight')
    graph.initializer.remove(dense)
    flat = kernel.detach().flatten()
    places = flat.nonzero().flatten().tolist()
    values = helper.make_tensor(dense.name, TensorProto.FLOAT, [len(places)], flat[places].tolist())
    indices = helper.make_tensor('', TensorProto.INT64, [len(places)], places)
    graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, list(dense.dims)))
    fixture('weights-sparse', 'a sparse initializer', model, {'x': X}, {'y': network(X.double())})


def move_out(weight, location, offset=None, length=None):
    weight.ClearField('raw_data')
    weight.data_location = TensorProto.EXTERNAL
    for key, value in (('location', location), ('offset', offset), ('length', length)):
        if value is not None:
            entry = weight.external_data.add()
            entry.key, entry.value = key, str(value)


def one_file():
    model = export(13)
    name, data = 'external-one-file.weights', b''
    for weight in model.graph.initializer:
        data += b'\xff' * (-len(data) % 64)
        offset, raw = len(data), weight.raw_data
        data += raw
        move_out(weight, name, offset, len(raw))
    (FOLDER / name).write_bytes(data)
    fixture('external-one-file', 'all weights in one file beside it, at offsets', model, {'x': X}, Y, external=[name])


def files():
    model = export(13)
    names = []
    for i, weight in enumerate(weight for weight in model.graph.initializer if weight.name.endswith('.0.weight')):
        names.append(f'external-files.{i}.weights')
        (FOLDER / names[-1]).write_bytes(weight.raw_data)
        move_out(weight, names[-1])
    fixture('external-files', 'a file for each kernel, without offset and length', model, {'x': X}, Y, external=names)


def make():
    for write in (among_inputs, constants, listed, sparse, one_file, files):
        write()
