/** The sliding-window pools: one invocation for each output. */
import { elementCount } from '../../ir/index.ts';
import { plainKernel, type Emission, type Job, type Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder } from '../shader.ts';
import { imageWords, windowWords } from './window.ts';

interface Reduction {
  readonly kernel: string;
  readonly start: string;
  /** Takes `value` into `result`. */
  readonly take: string;
  /** Ends with `result`. */
  readonly finish: string;
}

function emitPool(
  { node, inputs, output }: Job<'maxPool' | 'averagePool'>,
  { kernel, start, take, finish }: Reduction,
  device: DeviceProfile,
): Emission {
  const b = binder(device);
  const x = b.read('x', inputs[0]!);
  const y = b.write('y', output);
  const { kernel_shape, strides, pads } = node.attrs;
  const step = b.step({
    kernel,
    words: [
      ...imageWords(inputs[0]!.shape, output.shape),
      ...windowWords(kernel_shape, strides, pads),
    ],
    invocations: elementCount(output.shape),
    body: `
let column = i32(index % p.outWidth);
let row = i32(index / p.outWidth % p.outHeight);
let image = i32(index / p.outWidth / p.outHeight);
let y0 = row * p.strideY - p.top;
let x0 = column * p.strideX - p.left;
let yEnd = min(y0 + p.kernelHeight, p.height);
let xEnd = min(x0 + p.kernelWidth, p.width);
let yStart = max(y0, 0);
let xStart = max(x0, 0);
var result = ${start};
for (var i = yStart; i < yEnd; i++) {
  for (var j = xStart; j < xEnd; j++) {
    let value = ${x('(image * p.height + i) * p.width + j')};
    ${take}
  }
}
${y('index', finish)};`,
  });
  return { steps: [step], temporaries: [] };
}

export const maxPool: Kernel<'maxPool'> = plainKernel(
  'max-pool',
  'The greatest value of each window.',
  (job, device) => {
    const start = '-3.4028234e38';
    const take = 'result = max(result, value);';
    return emitPool(job, { kernel: 'max-pool', start, take, finish: 'result' }, device);
  },
);

export const averagePool: Kernel<'averagePool'> = plainKernel(
  'average-pool',
  'The mean of each window.',
  (job, device) => {
    const size = job.node.attrs.count_include_pad
      ? 'p.kernelHeight * p.kernelWidth'
      : '(yEnd - yStart) * (xEnd - xStart)';
    const take = 'result += value;';
    const finish = `result / f32(${size})`;
    return emitPool(job, { kernel: 'average-pool', start: '0.0', take, finish }, device);
  },
);
