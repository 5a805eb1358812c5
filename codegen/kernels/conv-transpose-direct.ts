/** The transposed convolution that takes everything: one invocation for each output, which sums what falls on it. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, u32 } from '../shader.ts';
import { slowCost, slowRoofline } from './slow.ts';
import { transposedPacking } from './weight-packing.ts';
import { imageWords, windowWords } from './window.ts';

export const convTransposeDirect: Kernel<'convTranspose2d'> = {
  name: 'conv-transpose-direct',
  doc: 'Any transposed convolution, also with computed weights. Two loads for each multiply-add, so slow.',
  refuses: () => null,
  candidates(job, device) {
    // But for those that are cut off.
    const macs = elementCount(job.inputs[0]!.shape) * elementCount(job.inputs[1]!.shape.slice(1));
    const cost = device.software ? slowCost(macs) : slowRoofline(job, macs);
    return [{ label: '', cost, emit: () => emit(job, device) }];
  },
};

function emit(job: Job<'convTranspose2d'>, device: DeviceProfile): Emission {
  const { node, inputs, output, residual, act } = job;
  const [image, weights, bias] = inputs;
  const b = binder(device);
  const x = b.read('x', image!);
  const { packing, pack } = transposedPacking(weights!, node.attrs.group);
  const weightAt = b.weights(job, 'f32', packing);
  const start = bias ? b.read('bias', bias)('o') : '0.0';
  const add = residual ? ` + ${b.read('residual', residual)('index')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const { strides, pads, dilations, group } = node.attrs;
  const [channels, perGroup, ...kernel] = weights!.shape as [number, number, number, number];
  const step = b.step({
    kernel: 'conv-transpose-direct',
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, pads),
      i32('dilationY', dilations[0]!),
      i32('dilationX', dilations[1]!),
      u32('channels', channels),
      u32('channelsPerGroup', channels / group),
      u32('outputs', output.shape[1]!),
      u32('perGroup', perGroup),
      u32('pack', pack),
      u32('packs', Math.ceil(perGroup / pack)),
      ...words,
    ],
    invocations: elementCount(output.shape),
    functions,
    body: `
let column = i32(index % p.outWidth) + p.left;
let row = i32(index / p.outWidth % p.outHeight) + p.top;
let o = index / p.outWidth / p.outHeight % p.outputs;
let n = index / p.outWidth / p.outHeight / p.outputs;
let first = o / p.perGroup * p.channelsPerGroup;
let taps = p.kernelHeight * p.kernelWidth;
let step = p.packs * p.pack * u32(taps);
var result = ${start};
for (var i = 0; i < p.kernelHeight; i++) {
  let yy = row - i * p.dilationY;
  // Of a negative number the remainder is negative or 0.
  if (yy % p.strideY != 0 || yy < 0 || yy / p.strideY >= p.height) {
    continue;
  }
  for (var j = 0; j < p.kernelWidth; j++) {
    let xx = column - j * p.dilationX;
    if (xx % p.strideX != 0 || xx < 0 || xx / p.strideX >= p.width) {
      continue;
    }
    let plane = u32(p.height * p.width);
    var pixel = (n * p.channels + first) * plane + u32(yy / p.strideY * p.width + xx / p.strideX);
    let m = o % p.perGroup;
    let line = m / p.pack * u32(taps) + u32(i * p.kernelWidth + j);
    var at = first * step + line * p.pack + m % p.pack;
    for (var c = 0u; c < p.channelsPerGroup; c++) {
      result += ${weightAt('at')} * ${x('pixel')};
      pixel += plane;
      at += step;
    }
  }
}
${y('index', apply(`result${add}`))};`,
  });
  return { steps: [step], temporaries: [] };
}
