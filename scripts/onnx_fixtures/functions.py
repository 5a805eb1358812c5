"""Local functions: a RepVGG block as a function of the file."""
import torch
from onnx import AttributeProto, FunctionProto, helper

from .network import X, exact
from .parts import STATISTICS, Parts
from .store import fixture

Y = {'y': exact()(X.double())}
OPSET = [helper.make_opsetid('', 15)]


def references(node, **attributes):
    """Adds attributes whose values are attributes of the function."""
    for name, (refers_to, kind) in attributes.items():
        attribute = AttributeProto()
        attribute.name, attribute.ref_attr_name, attribute.type = name, refers_to, kind
        node.attribute.append(attribute)
    return node


def with_defaults(function, *attributes):
    """Field 11, attribute_proto, which onnx 1.12 does not know; it is kept as it is."""
    data = function.SerializeToString()
    for attribute in attributes:
        raw = attribute.SerializeToString()
        data += bytes([11 << 3 | 2, len(raw)]) + raw
    return FunctionProto.FromString(data)


def weight_names(branch):
    kernel = [] if branch == 'same' else [f'{branch}_kernel']
    return [*kernel, *(f'{branch}_{key}' for key in STATISTICS)]


def conv_bn_nodes(x, y, branch, size):
    """The nodes of a branch in the function's body; values in a body have names of its own."""
    kernel, *statistics = weight_names(branch)
    conv = helper.make_node('Conv', [x, kernel], [f'{y}_conv'], kernel_shape=[size] * 2, pads=[size // 2] * 4)
    norm = helper.make_node('BatchNormalization', [f'{y}_conv', *statistics], [y])
    return [references(conv, strides=('strides', AttributeProto.INTS)),
            references(norm, epsilon=('epsilon', AttributeProto.FLOAT))]


def branches_nodes(domain=None):
    if domain is None:
        return conv_bn_nodes('x', 'dense', 'dense', 3) + conv_bn_nodes('x', 'small', 'small', 1)
    calls = []
    for branch, size in (('dense', 3), ('small', 1)):
        call = helper.make_node('ConvBn', ['x', *weight_names(branch)], [branch], domain=domain, pads=[size // 2] * 4)
        calls.append(references(call, strides=('strides', AttributeProto.INTS),
                                epsilon=('epsilon', AttributeProto.FLOAT)))
    return calls


def conv_bn_function(domain):
    conv = references(helper.make_node('Conv', ['x', 'kernel'], ['z']), strides=('strides', AttributeProto.INTS),
                      pads=('pads', AttributeProto.INTS))
    norm = references(helper.make_node('BatchNormalization', ['z', *STATISTICS], ['y']),
                      epsilon=('epsilon', AttributeProto.FLOAT))
    return helper.make_function(domain, 'ConvBn', ['x', 'kernel', *STATISTICS], ['y'], [conv, norm], OPSET,
                                ['strides', 'pads', 'epsilon'])


def block_function(domain, nested=False, attributes=('strides', 'epsilon')):
    """Two branches and ReLU; the identity of the first block is added outside, so that both can call it."""
    nodes = branches_nodes(domain if nested else None)
    nodes += [helper.make_node('Add', ['dense', 'small'], ['branches']),
              helper.make_node('Sum', ['branches', 'rest'], ['sum']),
              helper.make_node('Relu', ['sum'], ['y'])]
    inputs = ['x', *weight_names('dense'), *weight_names('small'), 'rest']
    imports = [*OPSET, helper.make_opsetid(domain, 1)] if nested else OPSET
    return helper.make_function(domain, 'RepVGGBlock', inputs, ['y'], nodes, imports, list(attributes))


def call(parts, x, y, block, rest, domain, **attributes):
    names = []
    for branch in ('dense', 'small'):
        conv, norm = getattr(block, branch)
        names.append(parts.tensor(f'{y}.{branch}.kernel', conv.weight))
        names += [parts.tensor(f'{y}.{branch}.{key}', getattr(norm, key)) for key in STATISTICS]
    return parts.node('RepVGGBlock', [x, *names, rest], y, domain=domain, **attributes)


def calls(domain, functions, first, second):
    parts = Parts()
    network = parts.network
    rest = parts.norm('x', 'first.same', network.first.same)
    a = call(parts, 'x', 'first', network.first, rest, domain, **first)
    zero = parts.tensor('none', torch.zeros(1, 6, 1, 1))
    parts.head(call(parts, a, 'second', network.second, zero, domain, **second))
    return parts.model(opset=15, domains=[domain], functions=functions, ir_version=8)


def make():
    one, two = {'strides': [1, 1], 'epsilon': 1e-5}, {'strides': [2, 2], 'epsilon': 1e-5}
    plain = calls('local', [block_function('local')], one, two)
    fixture('function', 'a local function with attributes, called twice', plain, {'x': X}, Y)
    nested = [conv_bn_function('local'), block_function('local', nested=True)]
    fixture('function-nested', 'a local function that calls another, with attributes handed on',
            calls('local', nested, one, two), {'x': X}, Y)
    domain = 'com.example.blocks'
    own = calls(domain, [block_function(domain)], one, two)
    fixture('function-domain', 'a local function in a domain of its own', own, {'x': X}, Y)
    defaults = (helper.make_attribute('strides', [1, 1]), helper.make_attribute('epsilon', 1e-5))
    model = calls('local', [with_defaults(block_function('local', attributes=()), *defaults)], {}, {'strides': [2, 2]})
    model.ir_version = 9
    fixture('function-default', 'a local function whose attributes have defaults', model, {'x': X}, Y)
