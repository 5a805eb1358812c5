/** Batch normalisation as a pass of its own, as the training form has it. */
import { elementCount } from '../../ir/index.ts';
import { plainKernel, type Kernel } from '../kernel.ts';
import { binder, f32, u32 } from '../shader.ts';
import { typeOf, vectorSize } from './row-pieces.ts';

/** Vectors of one channel that an invocation computes: the statistics are read once for all of them. */
const RUN = 8;

export const batchNorm: Kernel<'batchNorm'> = plainKernel(
  'batch-norm',
  'y = (x - mean) scale / sqrt(variance + epsilon) + bias, per channel.',
  ({ node, inputs, output }, device) => {
    const b = binder(device);
    const [images, channels, ...inner] = output.shape as [number, number, ...number[]];
    const size = vectorSize(elementCount(inner));
    const x = b.read('x', inputs[0]!, typeOf(size));
    const scale = b.read('scale', inputs[1]!);
    const bias = b.read('bias', inputs[2]!);
    const mean = b.read('mean', inputs[3]!);
    const variance = b.read('variance', inputs[4]!);
    const y = b.write('y', output, typeOf(size));
    const plane = elementCount(inner) / size;
    const runs = Math.ceil(plane / RUN);
    const step = b.step({
      kernel: 'batch-norm',
      words: [
        u32('channels', channels),
        u32('plane', plane),
        u32('runs', runs),
        f32('epsilon', node.attrs.epsilon),
      ],
      invocations: images * channels * runs,
      body: `
let image = index / p.runs;
let c = image % p.channels;
let first = (index % p.runs) * ${RUN}u;
let m = ${mean('c')};
let s = ${scale('c')} / sqrt(${variance('c')} + p.epsilon);
let shift = ${bias('c')};
for (var i = first; i < min(first + ${RUN}u, p.plane); i++) {
  let at = image * p.plane + i;
  ${y('at', `(${x('at')} - m) * s + shift`)};
}`,
    });
    return { steps: [step], temporaries: [] };
  },
);
