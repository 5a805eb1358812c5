#!/usr/bin/env python3
"""Writes test/fixtures/checkpoints: small files of torch.save, and expected.json, what is in them.

    python3 scripts/make-checkpoint-fixtures.py

Needs PyTorch 1.13 or later (Debian: python3-torch) and NumPy; only needed when a case is added.
test/formats/pytorch reads every file and compares. The values are the same in every run; the old
form has storage keys in it that are not.
"""
import argparse
import json
from collections import OrderedDict
from pathlib import Path

import numpy
import torch
from torch import nn

folder = Path(__file__).parent.parent / 'test' / 'fixtures' / 'checkpoints'
folder.mkdir(exist_ok=True)
expected = {}


def describe(t):
    dtype = 'f64' if t.dtype == torch.float64 else 'f32'
    return {'dtype': dtype, 'shape': list(t.shape), 'data': t.detach().double().flatten().tolist()}


def save(name, value, state=None, skipped=(), **how):
    """`state` are the tensors that a reader must find; without it, it must refuse the file."""
    torch.save(value, folder / name, **how)
    if state is not None:
        tensors = {k: describe(t) for k, t in state.items()}
        expected[name] = {'tensors': tensors, 'skipped': list(skipped)}


grid = torch.arange(24.).reshape(2, 3, 4) / 8
everything = OrderedDict(
    plain=grid,
    scalar=torch.tensor(1.5),
    empty=torch.zeros(0, 4),
    transposed=grid.permute(2, 0, 1),
    shared=grid[1],
    offset=grid[1, 1:, 1:3],
    stepped=grid[:, ::2, ::3],
    repeated=torch.tensor([[1.], [2.]]).expand(2, 3),
    channels_last=torch.arange(36.).reshape(2, 2, 3, 3).contiguous(memory_format=torch.channels_last),
    half=torch.tensor([1.5, -2**-24, 65504., float('inf')]).half(),
    bfloat16=torch.tensor([1.5, -3e38, 2**-130]).bfloat16(),
    half_transposed=torch.arange(6.).half().reshape(2, 3).t(),
    double=torch.tensor([0.1, 1e300], dtype=torch.float64),
    parameter=nn.Parameter(torch.tensor([7., 8.])),
)
counters = OrderedDict(num_batches_tracked=torch.tensor(2**60), mask=torch.tensor([True]))
both = OrderedDict(**everything, **counters)
for name, how in (('zip', {}), ('legacy', {'_use_new_zipfile_serialization': False}),
                  ('protocol-4', {'pickle_protocol': 4})):
    save(f'{name}.pt', both, everything, counters, **how)

torch.manual_seed(1)
net = nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 2, 3, bias=False), bn=nn.BatchNorm2d(2)))
optimiser = torch.optim.Adam(net.parameters())
net(torch.ones(2, 1, 4, 4)).square().sum().backward()
optimiser.step()
state = {k: t for k, t in net.state_dict().items() if k != 'bn.num_batches_tracked'}
average = {k: t * 2 for k, t in state.items()}
training = {
    'epoch': 3, 'best': numpy.float64(0.5), 'loss': torch.tensor(2.), 'none': None, 'rate': 1e-3,
    'args': argparse.Namespace(lr=0.1), 'optimizer': optimiser.state_dict(),
    'state_dict_ema': average,
    'state_dict': OrderedDict((f'module.{k}', t) for k, t in net.state_dict().items()),
}
for name, how in (('training', {}), ('training-legacy', {'_use_new_zipfile_serialization': False})):
    save(f'{name}.pth.tar', training, state, ['bn.num_batches_tracked'], **how)
save('nested.pt', {'model': {'state_dict': state}, 'ema': average}, state)

with_attribute = torch.tensor([1., 2.])
with_attribute.note = 'kept in a dict of its own'
save('attribute.pt', {'a': with_attribute}, {'a': torch.tensor([1., 2.])})

save('model.pt', net)
save('model-in-dict.pt', {'epoch': 1, 'model': net})
save('quantised.pt', {'q': torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)})
save('complex.pt', {'c': torch.ones(2, dtype=torch.complex64)})
save('number.pt', 7)


class Twice(nn.Module):
    def forward(self, x):
        return x + x


torch.jit.script(Twice()).save(str(folder / 'script.pt'))

small = {'a': torch.tensor([1., 2.]), 'b': torch.tensor([3.]).half()}
save('small.pt', small, small)
save('small-legacy.pt', small, small, _use_new_zipfile_serialization=False)

text = json.dumps(expected, separators=(',', ':')).replace('Infinity', '"inf"')
(folder / 'expected.json').write_text(text + '\n')
