/** The mean of each channel: one invocation for each. */
import { elementCount } from '../../ir/index.ts';
import { plainKernel, type Kernel } from '../kernel.ts';
import { binder, u32 } from '../shader.ts';

export const globalAveragePool: Kernel<'globalAveragePool'> = plainKernel(
  'global-average-pool',
  'The mean over height and width.',
  ({ inputs, output }, device) => {
    const b = binder(device);
    const x = b.read('x', inputs[0]!);
    const y = b.write('y', output);
    const step = b.step({
      kernel: 'global-average-pool',
      words: [u32('plane', elementCount(inputs[0]!.shape.slice(2)))],
      invocations: elementCount(output.shape),
      // Four running sums: shorter chains of rounding, and of waiting.
      body: `
let first = index * p.plane;
var sums = vec4f();
var i = 0u;
for (; i + 4u <= p.plane; i += 4u) {
  let at = first + i;
  sums += vec4f(${x('at')}, ${x('at + 1u')}, ${x('at + 2u')}, ${x('at + 3u')});
}
for (; i < p.plane; i++) {
  sums.x += ${x('first + i')};
}
${y('index', '(sums.x + sums.y + sums.z + sums.w) / f32(p.plane)')};`,
    });
    return { steps: [step], temporaries: [] };
  },
);
