#!/usr/bin/env python3
"""Writes test/fixtures/ops.json: small cases of every op with PyTorch's results in float64.

    python3 scripts/make-op-fixtures.py

Needs PyTorch 1.13 or later (Debian: python3-torch); only needed when a case is added. The same seed
gives the same file. test/ir/ops.test.ts evaluates every case with ir/evaluate and compares.

The data are random, never zero, with three decimals, so that the file stays small and both sides start
from the same float64. The batch is 2 and sizes are odd, so that mixed-up axes show.
"""
import json
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
rng = random.Random(20240607)
cases = []


def data(*shape, low=-2.0, high=2.0):
    """Generic numbers of the shape, none zero."""
    def one():
        while True:
            value = round(rng.uniform(low, high), 3)
            if value != 0:
                return value
    return torch.tensor([one() for _ in range(math.prod(shape))]).reshape(shape)


def array(t):
    return None if t is None else {'shape': list(t.shape), 'data': t.flatten().tolist()}


def case(op, what, inputs, result, **attrs):
    cases.append({'op': op, 'what': what, 'attrs': attrs,
                  'inputs': [array(t) for t in inputs], 'output': array(result)})


def pad(x, pads, value=0.0):
    """pads as in ONNX: top, left, bottom, right."""
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value)


def pad_channels(x, pads, values):
    """A border of a value of its own for each channel."""
    return torch.cat([pad(x[:, c:c + 1], pads, float(values[c])) for c in range(x.shape[1])], 1)


def activate(y, act, params):
    alpha = params[0] if params else None
    if act == 'none': return y
    if act == 'relu': return F.relu(y)
    if act == 'clip': return y.clamp(params[0], params[1])
    if act == 'leakyRelu': return F.leaky_relu(y, alpha)
    if act == 'sigmoid': return torch.sigmoid(y)
    if act == 'silu': return F.silu(y)
    if act == 'hardSwish': return F.hardswish(y)
    if act == 'hardSigmoid': return (alpha * y + params[1]).clamp(0, 1)
    if act == 'gelu': return F.gelu(y, approximate='tanh' if alpha == 1 else 'none')
    raise ValueError(act)


def conv(what, x, w, b=None, pad_value=None, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1),
         group=1, act='none', params=()):
    padded = pad(x, pads) if pad_value is None else pad_channels(x, pads, pad_value)
    y = F.conv2d(padded, w, b, stride=strides, dilation=dilations, groups=group)
    attrs = {'strides': list(strides), 'pads': list(pads), 'dilations': list(dilations), 'group': group}
    case('conv2d', what, [x, w, b, pad_value], activate(y, act, params), **attrs,
         act=act, actParams=list(params))


ACTIVATIONS = [('relu', []), ('clip', [-0.5, 1.25]), ('leakyRelu', [0.1]), ('sigmoid', []),
               ('silu', []), ('hardSwish', []), ('hardSigmoid', [0.2, 0.5]), ('gelu', [0]),
               ('gelu', [1])]


def convolutions():
    x = data(2, 3, 5, 7)
    conv('1x1, bias', x, data(2, 3, 1, 1), data(2))
    conv('3x3, no bias', x, data(2, 3, 3, 3))
    conv('3x3, padded, bias', x, data(2, 3, 3, 3), data(2), pads=(1, 1, 1, 1))
    conv('3x3, asymmetric pads', x, data(2, 3, 3, 3), data(2), pads=(0, 1, 2, 3))
    conv('strides 2 and 3', x, data(2, 3, 3, 3), data(2), strides=(2, 3), pads=(1, 1, 1, 1))
    conv('dilations 2 and 1', x, data(2, 3, 3, 3), dilations=(2, 1), pads=(2, 1, 2, 1))
    conv('dilations, strides, asymmetric pads', x, data(2, 3, 2, 3), data(2), dilations=(1, 2),
         strides=(2, 1), pads=(1, 0, 0, 3))
    conv('1x3', x, data(2, 3, 1, 3), data(2), pads=(0, 1, 0, 1))
    conv('3x1', x, data(2, 3, 3, 1), pads=(1, 0, 1, 0))
    conv('2x2', x, data(2, 3, 2, 2), data(2))
    conv('4x2, padded', x, data(2, 3, 4, 2), pads=(2, 1, 1, 0))
    conv('kernel of the image\'s size', x, data(2, 3, 5, 7), data(2))
    y = data(2, 4, 5, 3)
    conv('group 2', y, data(6, 2, 3, 3), data(6), group=2, pads=(1, 1, 1, 1), strides=(2, 1))
    conv('depthwise', y, data(4, 1, 3, 3), data(4), group=4, pads=(1, 1, 1, 1), strides=(2, 2))
    conv('depthwise, two outputs each', y, data(8, 1, 3, 1), group=4)
    conv('pad value', x, data(2, 3, 3, 3), data(2), data(3), pads=(1, 1, 1, 1))
    conv('pad value, no bias, asymmetric pads, stride', x, data(2, 3, 3, 3), None, data(3),
         pads=(2, 0, 1, 3), strides=(2, 2))
    conv('pad value, group 2', y, data(2, 2, 3, 3), data(2), data(4), pads=(1, 1, 1, 1), group=2)
    small = data(2, 2, 3, 3)
    for act, params in ACTIVATIONS:
        conv(f'act {act} {params}', small, data(2, 2, 3, 3), data(2), pads=(1, 0, 1, 0), act=act,
             params=params)


def pools():
    x = data(2, 2, 5, 7)
    ones = torch.ones_like(x)
    below = -data(2, 2, 5, 7, low=0.1, high=2.0)
    for kernel, strides, pads in [((2, 2), (2, 2), (0, 0, 0, 0)), ((3, 3), (2, 2), (1, 1, 1, 1)),
                                  ((3, 2), (1, 3), (1, 0, 2, 1)), ((1, 3), (1, 1), (0, 2, 0, 0)),
                                  ((5, 7), (1, 1), (0, 0, 0, 0))]:
        attrs = {'kernel_shape': list(kernel), 'strides': list(strides), 'pads': list(pads)}
        what = f'{kernel[0]}x{kernel[1]}, pads {list(pads)}'
        case('maxPool', what + ', all negative', [below],
             F.max_pool2d(pad(below, pads, -math.inf), kernel, strides), **attrs)
        with_pads = F.avg_pool2d(pad(x, pads), kernel, strides)
        share = F.avg_pool2d(pad(ones, pads), kernel, strides)
        case('averagePool', what + ', padding counts', [x], with_pads, **attrs, count_include_pad=True)
        case('averagePool', what + ', padding does not count', [x], with_pads / share, **attrs,
             count_include_pad=False)
    # The two above are made of the definition; here PyTorch pads itself.
    for counts in (True, False):
        case('averagePool', f'as PyTorch pads, {counts}', [x],
             F.avg_pool2d(x, 3, 2, 1, count_include_pad=counts), kernel_shape=[3, 3], strides=[2, 2],
             pads=[1, 1, 1, 1], count_include_pad=counts)
    case('maxPool', 'as PyTorch pads', [below], F.max_pool2d(below, 3, 2, 1), kernel_shape=[3, 3],
         strides=[2, 2], pads=[1, 1, 1, 1])
    case('globalAveragePool', '5x7', [x], F.adaptive_avg_pool2d(x, 1))
    case('globalAveragePool', '1x1', [x[:, :, :1, :1]], x[:, :, :1, :1])


def normalisations():
    for shape in ([2, 3], [2, 3, 5], [2, 3, 3, 5]):
        for eps in (1e-5, 0.1):
            x, scale, bias, mean = data(*shape), data(3), data(3), data(3)
            variance = data(3, low=0.1, high=2.0)
            case('batchNorm', f'rank {len(shape)}, epsilon {eps}', [x, scale, bias, mean, variance],
                 F.batch_norm(x, mean, variance, scale, bias, eps=eps), epsilon=eps)
    x = data(2, 3, 5)
    for axis in (0, 1, 2, -1, -3):
        case('softmax', f'axis {axis}', [x], F.softmax(x, axis), axis=axis)
    far = data(2, 3) * 500
    case('softmax', 'large values', [far], F.softmax(far, -1))


def activations():
    x = data(2, 3, 7, low=-8, high=8)
    edges = torch.tensor([-40.0, -6.0, -3.0, -1e-3, 1e-3, 1.0, 3.0, 6.0, 40.0])
    case('relu', '', [x], F.relu(x))
    case('clip', 'relu6', [x], F.relu6(x), min=0, max=6)
    case('clip', 'below zero', [x], x.clamp(-1.5, 0.75), min=-1.5, max=0.75)
    for slope in (0.01, 0.3, -0.5):
        case('leakyRelu', f'{slope}', [x], F.leaky_relu(x, slope), alpha=slope)
    case('hardSigmoid', 'as in PyTorch', [x], F.hardsigmoid(x), alpha=1 / 6, beta=0.5)
    case('hardSigmoid', 'as in ONNX', [x], (0.2 * x + 0.5).clamp(0, 1), alpha=0.2, beta=0.5)
    for where, values in (('', x), ('far out', edges)):
        case('sigmoid', where, [values], torch.sigmoid(values))
        case('silu', where, [values], F.silu(values))
        case('hardSwish', where, [values], F.hardswish(values))
        case('gelu', where, [values], F.gelu(values), tanh=0)
        case('gelu', f'tanh {where}', [values], F.gelu(values, approximate='tanh'), tanh=1)


def elementwise():
    shapes = [((2, 3, 5), (2, 3, 5)), ((2, 3, 5), (3, 5)), ((3, 5), (2, 3, 5)), ((2, 3, 5), (5,)),
              ((2, 3, 5), (1,)), ((2, 3, 5), ()), ((), (2, 3)), ((2, 1, 5), (1, 3, 1)),
              ((2, 3, 1, 1), (3, 5, 1)), ((2, 3, 3, 5), (1, 3, 1, 1)), ((1, 1), (2, 3, 5)), ((), ())]
    for a_shape, b_shape in shapes:
        a, b = data(*a_shape), data(*b_shape)
        what = f'{list(a_shape)} and {list(b_shape)}'
        case('add', what, [a, b], a + b)
        case('mul', what, [a, b], a * b)
    x = data(2, 3, 3, 5)
    case('identity', '', [x], x)
    case('sum', 'of one', [x], x)
    case('sum', 'of four', parts := [data(2, 3, 5) for _ in range(4)], sum(parts))
    for act, params in ACTIVATIONS:
        parts = [data(2, 3), data(2, 3)]
        case('sum', f'act {act} {params}', parts, activate(parts[0] + parts[1], act, params), act=act,
             actParams=params)


def matrices():
    for shape in ([2, 5], [2, 3, 5], [2, 1, 3, 5]):
        x, w, b = data(*shape), data(3, 5), data(3)
        case('linear', f'rank {len(shape)}, bias', [x, w, b], F.linear(x, w, b))
        case('linear', f'rank {len(shape)}, no bias', [x, w, None], F.linear(x, w))
    for act, params in ACTIVATIONS:
        x, w, b = data(2, 5), data(3, 5), data(3)
        case('linear', f'act {act} {params}', [x, w, b], activate(F.linear(x, w, b), act, params),
             act=act, actParams=params)


def shapes():
    x = data(2, 3, 5, 1)
    for axis in (0, 1, 2, 4, -1, -4):
        split = axis if axis >= 0 else axis + 4
        rows = math.prod(x.shape[:split])
        case('flatten', f'axis {axis}', [x], x.reshape(rows, -1), axis=axis)
    for wanted, actual in (([6, 5], (6, 5)), ([0, -1], (2, 15)), ([-1], (30,)), ([0, 0, 5], (2, 3, 5)),
                           ([5, -1, 2, 1], (5, 3, 2, 1)), ([1, 30], (1, 30))):
        case('reshape', f'{wanted}', [x], x.reshape(actual), shape=wanted)
    for axis in (0, 1, 2, 3, -1, -3):
        parts = []
        for size in (1, 3, 2):
            shape = [2, 3, 1, 2]
            shape[axis] = size
            parts.append(data(*shape))
        case('concat', f'axis {axis}', parts, torch.cat(parts, axis), axis=axis)
    case('concat', 'of one', [x], x, axis=1)


def crops():
    x, w = data(2, 4, 7, 9), data(2, 2, 3, 2)
    conv('cropped', x, w, group=2, pads=(-1, -2, -2, -1))
    conv('cropped and padded', x, w, data(2), pad_value=data(4), group=2, pads=(-2, 1, 2, -3), strides=(2, 1))


def transposed(what, x, w, b=None, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), output_padding=(0, 0),
               group=1, act='none', params=()):
    """PyTorch pads both sides alike; others are a crop of what it gives without pads."""
    top, left, bottom, right = pads
    attrs = {'strides': list(strides), 'pads': list(pads), 'dilations': list(dilations),
             'output_padding': list(output_padding), 'group': group}
    if (top, left) == (bottom, right):
        y = F.conv_transpose2d(x, w, b, strides, (top, left), output_padding, group, dilations)
    else:
        y = F.conv_transpose2d(x, w, b, strides, 0, output_padding, group, dilations)
        y = y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]
    case('convTranspose2d', what, [x, w, b], activate(y, act, params), **attrs, act=act, actParams=list(params))


def transposed_convolutions():
    x, y = data(2, 3, 3, 4), data(2, 4, 3, 2)
    transposed('1x1, bias', x, data(3, 2, 1, 1), data(2))
    transposed('3x3, no bias', x, data(3, 2, 3, 3))
    transposed('2x2, stride 2', x, data(3, 2, 2, 2), data(2), strides=(2, 2))
    transposed('4x4, stride 2, padded', x, data(3, 2, 4, 4), data(2), strides=(2, 2), pads=(1, 1, 1, 1))
    transposed('3x3, stride 2, output padding', x, data(3, 2, 3, 3), data(2), strides=(2, 2), pads=(1, 1, 1, 1),
               output_padding=(1, 1))
    transposed('strides 2 and 3, one tap, output padding on one side', x, data(3, 2, 1, 1), strides=(2, 3),
               output_padding=(0, 2))
    transposed('dilations 2 and 1', x, data(3, 2, 2, 3), data(2), dilations=(2, 1), strides=(1, 2))
    transposed('dilations, strides, asymmetric pads', x, data(3, 2, 2, 3), dilations=(3, 2), strides=(2, 3),
               pads=(2, 0, 1, 3), output_padding=(2, 1))
    transposed('group 2', y, data(4, 3, 4, 3), data(6), group=2, strides=(2, 2), pads=(1, 0, 1, 0))
    transposed('depthwise', y, data(4, 1, 3, 3), data(4), group=4, strides=(2, 1), pads=(1, 1, 1, 1))
    small = data(2, 2, 2, 3)
    for act, params in ACTIVATIONS:
        transposed(f'act {act} {params}', small, data(2, 2, 2, 2), data(2), strides=(1, 2), act=act, params=params)


def main():
    for make in (convolutions, pools, normalisations, activations, elementwise, matrices, shapes,
                 crops, transposed_convolutions):
        make()
    path = Path(__file__).parent.parent / 'test' / 'fixtures' / 'ops.json'
    lines = ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases)
    path.write_text(f'[\n{lines}\n]\n')
    print(f'{len(cases)} cases, {path.stat().st_size} bytes: {path}')


main()
