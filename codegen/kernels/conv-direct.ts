/** The convolution that takes everything: one invocation for each output, weights as in the graph. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, u32 } from '../shader.ts';
import { slowCost, slowRoofline } from './slow.ts';
import { weightPacking } from './weight-packing.ts';
import { imageWords, windowWords } from './window.ts';

export const convDirect: Kernel<'conv2d'> = {
  name: 'conv-direct',
  doc: 'Any convolution, also with computed weights. Two loads for each multiply-add, so slow.',
  refuses: () => null,
  candidates(job, device) {
    const macs = elementCount(job.output.shape) * elementCount(job.inputs[1]!.shape.slice(1));
    const cost = device.software ? slowCost(macs) : slowRoofline(job, macs);
    return [{ label: '', cost, emit: () => emit(job, device) }];
  },
};

function emit(job: Job<'conv2d'>, device: DeviceProfile): Emission {
  const { node, inputs, output, residual, act } = job;
  const [image, weights, bias, padValue] = inputs;
  const b = binder(device);
  const x = b.read('x', image!);
  const { packing, pack } = weightPacking(weights!, node.attrs.group);
  const weightAt = b.weights(job, 'f32', packing);
  const start = bias ? b.read('bias', bias)('o') : '0.0';
  const outside = padValue ? b.read('padValue', padValue)('channel') : '0.0';
  const add = residual ? ` + ${b.read('residual', residual)('index')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const { strides, pads, dilations, group } = node.attrs;
  const [outputs, perGroup, ...kernel] = weights!.shape as [number, number, number, number];
  const step = b.step({
    kernel: 'conv-direct',
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, pads),
      i32('dilationY', dilations[0]!),
      i32('dilationX', dilations[1]!),
      u32('channels', image!.shape[1]!),
      u32('outputs', outputs),
      u32('perGroup', perGroup),
      u32('outputsPerGroup', outputs / group),
      u32('pack', pack),
      ...words,
    ],
    invocations: elementCount(output.shape),
    functions,
    body: `
let column = i32(index % p.outWidth);
let row = i32(index / p.outWidth % p.outHeight);
let o = index / p.outWidth / p.outHeight % p.outputs;
let n = index / p.outWidth / p.outHeight / p.outputs;
let top = row * p.strideY - p.top;
let left = column * p.strideX - p.left;
let rest = p.perGroup * u32(p.kernelHeight * p.kernelWidth);
var at = o / p.pack * rest * p.pack + o % p.pack;
var result = ${start};
for (var c = 0u; c < p.perGroup; c++) {
  let channel = o / p.outputsPerGroup * p.perGroup + c;
  let outside = ${outside};
  let plane = i32(n * p.channels + channel) * p.height;
  for (var i = 0; i < p.kernelHeight; i++) {
    let yy = top + i * p.dilationY;
    for (var j = 0; j < p.kernelWidth; j++) {
      let xx = left + j * p.dilationX;
      var value = outside;
      if (yy >= 0 && yy < p.height && xx >= 0 && xx < p.width) {
        value = ${x('(plane + yy) * p.width + xx')};
      }
      result += ${weightAt('at')} * value;
      at += p.pack;
    }
  }
}
${y('index', apply(`result${add}`))};`,
  });
  return { steps: [step], temporaries: [] };
}
