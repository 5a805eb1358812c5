"""Operators of ONNX that have no place in a graph of images: they stay as they are between the blocks."""
import torch
from onnx import TensorProto, helper

from .network import X, exact
from .parts import Parts
from .store import fixture

NETWORK, XD = exact(), X.double()
FIRST = NETWORK.first(XD)
SECOND = NETWORK.second(FIRST)
LOGITS = NETWORK.classify(SECOND)
IMAGE = [2, 4, 9, 7]


def info(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def conditional(x, holds):
    """If the input's sum is positive, the first block's result plus a weight of the file; else minus its half."""
    parts = Parts()
    first = parts.first('x')
    parts.tensor('shift', torch.tensor([0.25, -0.5, 1.0, 0.125]).reshape(1, 4, 1, 1))
    total = parts.node('ReduceSum', ['x'], 'total', keepdims=0)
    zero = parts.tensor('zero', torch.tensor(0.0))
    condition = parts.node('Greater', [total, zero], 'is_positive')
    half = helper.make_tensor('half', TensorProto.FLOAT, [], [0.5])
    then = helper.make_graph([helper.make_node('Add', [first, 'shift'], ['then'], name='in_then')], 'then_branch', [],
                             [info('then', IMAGE)])
    other = helper.make_graph([helper.make_node('Mul', [first, 'half'], ['halved'], name='in_else'),
                               helper.make_node('Sub', ['halved', 'shift'], ['else'])], 'else_branch', [],
                              [info('else', IMAGE)], [half])
    parts.head(parts.second(parts.node('If', [condition], 'chosen', then_branch=then, else_branch=other)))
    shift = torch.tensor([0.25, -0.5, 1.0, 0.125]).reshape(1, 4, 1, 1)
    features = NETWORK.first(x.double())
    chosen = features + shift if holds else features / 2 - shift
    return parts.model(), {'y': NETWORK.classify(NETWORK.second(chosen))}


def conditions():
    assert X.sum() > 0
    for x, holds, name in ((X, True, 'if-then'), (-X, False, 'if-else')):
        model, outputs = conditional(x, holds)
        what = f'If, whose branches read values from outside; the {name[3:]} branch runs'
        fixture(name, what, model, {'x': x}, outputs, opaque=['If'])


def loop():
    """Three times: what is carried, plus a tenth of the first block's result, which the body reads from outside."""
    parts = Parts()
    first = parts.first('x')
    parts.tensor('tenth', torch.tensor(0.1))
    count = parts.ints('count', [3])
    nodes = [helper.make_node('Mul', [first, 'tenth'], ['step']),
             helper.make_node('Add', ['carried', 'step'], ['next']),
             helper.make_node('Identity', ['on'], ['still_on'])]
    body = helper.make_graph(nodes, 'body', [info('i', [], TensorProto.INT64), info('on', [], TensorProto.BOOL),
                                             info('carried', IMAGE)],
                             [info('still_on', [], TensorProto.BOOL), info('next', IMAGE)])
    parts.head(parts.second(parts.node('Loop', [count, '', first], 'looped', body=body)))
    y = NETWORK.classify(NETWORK.second(FIRST * (1 + 3 * float(torch.tensor(0.1)))))
    fixture('loop', 'Loop, whose body reads a value from outside', parts.model(), {'x': X}, {'y': y}, opaque=['Loop'])


def resize():
    parts = Parts()
    first = parts.first('x')
    scales = parts.tensor('scales', torch.tensor([1.0, 1, 2, 2]))
    larger = parts.node('Resize', [first, '', scales], 'larger', mode='nearest', nearest_mode='floor',
                        coordinate_transformation_mode='asymmetric')
    parts.head(parts.second(larger))
    wide = FIRST.repeat_interleave(2, 2).repeat_interleave(2, 3)
    outputs = {'y': NETWORK.classify(NETWORK.second(wide))}
    fixture('resize', 'Resize between the blocks', parts.model(), {'x': X}, outputs, opaque=['Resize'])


def non_zero():
    parts = Parts()
    first = parts.first('x')
    parts.node('NonZero', [first], 'places')
    parts.head(parts.second(first))
    places = info('places', [4, 'count'], TensorProto.INT64)
    model = parts.model(outputs=[info('y', [2, 3]), places])
    fixture('non-zero', 'NonZero: an output of integers, of a size that depends on the data', model, {'x': X},
            {'y': LOGITS, 'places': FIRST.nonzero().t()}, opaque=['NonZero'])


def best():
    parts = Parts()
    logits = parts.head(parts.second(parts.first('x')), 'logits')
    two = parts.ints('two', [2])
    parts.nodes.append(helper.make_node('TopK', [logits, two], ['values', 'indices'], name='best', axis=-1))
    model = parts.model(outputs=[info('values', [2, 2]), info('indices', [2, 2], TensorProto.INT64)])
    values, indices = LOGITS.topk(2)
    fixture('top-k', 'TopK: two outputs of one node, none of which reparam knows', model, {'x': X},
            {'values': values, 'indices': indices}, opaque=['TopK'])


def class_number():
    parts = Parts()
    logits = parts.head(parts.second(parts.first('x')), 'logits')
    parts.node('ArgMax', [logits], 'class', axis=1, keepdims=0)
    model = parts.model(outputs=[info('class', [2], TensorProto.INT64), info('logits', [2, 3])])
    fixture('arg-max', 'ArgMax: an output of integers, and one of floats that it reads', model, {'x': X},
            {'class': LOGITS.argmax(1), 'logits': LOGITS}, opaque=['ArgMax'])


def lstm_results(sequence, w, r, b):
    """ONNX's order of gates: input, output, forget, cell."""
    hidden = cell = torch.zeros(2, 3, dtype=torch.float64)
    for x in sequence:
        i, o, f, c = (x @ w.t() + hidden @ r.t() + b).chunk(4, 1)
        cell = f.sigmoid() * cell + i.sigmoid() * c.tanh()
        hidden = o.sigmoid() * cell.tanh()
    return hidden


def lstm():
    """Rows of the second block's features as a sequence."""
    torch.manual_seed(3)
    w, r, b = torch.randn(12, 6), torch.randn(12, 3), torch.randn(12)
    parts = Parts()
    rows = parts.node('ReduceMean', [parts.second(parts.first('x'))], 'rows', axes=[3], keepdims=0)
    sequence = parts.node('Transpose', [rows], 'sequence', perm=[2, 0, 1])
    weights = [parts.tensor('lstm.w', w[None]), parts.tensor('lstm.r', r[None]),
               parts.tensor('lstm.b', torch.cat([b, torch.zeros(12)])[None])]
    parts.nodes.append(helper.make_node('LSTM', [sequence, *weights], ['', 'hidden'], name='lstm', hidden_size=3))
    hidden = lstm_results(SECOND.mean(3).permute(2, 0, 1), w.double(), r.double(), b.double())
    fixture('lstm', 'LSTM, whose first output is absent', parts.model(outputs=[('hidden', [1, 2, 3])]), {'x': X},
            {'hidden': hidden[None]}, opaque=['LSTM'])


def make():
    for write in (conditions, loop, resize, non_zero, best, class_number, lstm):
        write()
