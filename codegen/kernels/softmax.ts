/** Softmax along any axis: one invocation for each line along it. */
import { elementCount } from '../../ir/index.ts';
import { resolveAxis } from '../../ir/ops/softmax.ts';
import { plainKernel, type Kernel } from '../kernel.ts';
import { binder, u32 } from '../shader.ts';

export const softmax: Kernel<'softmax'> = plainKernel(
  'softmax',
  'exp(x - max) / sum of exp(x - max) along the axis.',
  ({ node, inputs, output }, device) => {
    const b = binder(device);
    const x = b.read('x', inputs[0]!);
    const y = b.write('y', output);
    const { shape } = output;
    const axis = resolveAxis(node.attrs.axis, shape.length, node.id);
    const size = shape[axis]!;
    const inner = elementCount(shape.slice(axis + 1));
    const step = b.step({
      kernel: 'softmax',
      words: [u32('size', size), u32('inner', inner)],
      invocations: elementCount(shape) / size,
      body: `
let first = index / p.inner * p.size * p.inner + index % p.inner;
let end = first + p.size * p.inner;
var greatest = ${x('first')};
for (var i = first; i < end; i += p.inner) {
  greatest = max(greatest, ${x('i')});
}
var total = 0.0;
for (var i = first; i < end; i += p.inner) {
  total += exp(max(${x('i')} - greatest, -80.0));
}
for (var i = first; i < end; i += p.inner) {
  ${y('i', `exp(max(${x('i')} - greatest, -80.0)) / total`)};
}`,
    });
    return { steps: [step], temporaries: [] };
  },
);
