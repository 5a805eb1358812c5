"""
An operator of a domain that nobody knows: `Scale`, x times `factor`. stand-ins.onnx has it as a function; its bytes
behind those of a file let ONNX Runtime run that file.
"""
from onnx import AttributeProto, ModelProto, TensorProto, helper

from .functions import references
from .network import X, exact
from .parts import Parts
from .store import FOLDER, fixture

DOMAIN = 'com.example'
FACTOR = 1.5
OPAQUE = [f'{DOMAIN}::Scale']


def write_stand_ins():
    factor = references(helper.make_node('Constant', [], ['f']), value_float=('factor', AttributeProto.FLOAT))
    scale = helper.make_function(DOMAIN, 'Scale', ['x'], ['y'], [factor, helper.make_node('Mul', ['x', 'f'], ['y'])],
                                 [helper.make_opsetid('', 13)], ['factor', 'mode', 'sizes', 'table'])
    model = ModelProto(ir_version=8, functions=[scale])
    (FOLDER / 'stand-ins.onnx').write_bytes(model.SerializeToString())


def scale(parts, x, y):
    """With attributes of several kinds, which all must stay."""
    table = helper.make_tensor('table', TensorProto.INT32, [3], [1, -2, 3])
    return parts.node('Scale', [x], y, domain=DOMAIN, factor=FACTOR, mode='näher', sizes=[1, 2**40, -1], table=table)


def between(declared):
    parts = Parts()
    parts.head(parts.second(scale(parts, parts.first('x'), 'scaled')))
    values = [('first', [2, 4, 9, 7]), ('scaled', [2, 4, 9, 7])] if declared else []
    return parts.model(domains=[DOMAIN], values=values)


def beside(declared):
    """The second block's sum has the custom result as its last operand."""
    parts = Parts()
    network = parts.network
    branches = parts.sum('x', 'branches', network.first)
    total = parts.node('Add', [branches, scale(parts, 'x', 'scaled')], 'total')
    parts.head(parts.second(parts.node('Relu', [total], 'first')))
    return parts.model(domains=[DOMAIN], values=[('scaled', [2, 4, 9, 7])] if declared else [])


def last():
    """The custom result is an output, and so is what it reads."""
    parts = Parts()
    scale(parts, parts.second(parts.first('x')), 'y')
    return parts.model(domains=[DOMAIN], outputs=[('y', [2, 6, 5, 4]), ('second', [2, 6, 5, 4])])


def make():
    write_stand_ins()
    network, x = exact(), X.double()
    first = network.first(x)
    inside = network.classify(network.second(FACTOR * first))
    outside = network.classify(network.second((network.first.sum(x) + FACTOR * x).relu()))
    for declared, suffix, words in ((True, '', 'whose result has a declared shape'),
                                    (False, '-undeclared', 'of unknown shape')):
        fixture(f'custom-between{suffix}', f'a custom operator between the blocks, {words}', between(declared),
                {'x': X}, {'y': inside}, opaque=OPAQUE)
        fixture(f'custom-beside{suffix}', f'a custom operator beside a block, added to its sum, {words}',
                beside(declared), {'x': X}, {'y': outside}, opaque=OPAQUE)
    second = network.second(first)
    fixture('custom-last', 'a custom operator that gives an output', last(), {'x': X},
            {'y': FACTOR * second, 'second': second}, opaque=OPAQUE)
