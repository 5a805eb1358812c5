/** Concatenation: as many operands in a dispatch as it can bind, each dispatch its part of the output. */
import { elementCount } from '../../ir/index.ts';
import { resolveAxis } from '../../ir/ops/softmax.ts';
import { plainKernel, type Kernel, type Operand, type Step } from '../kernel.ts';
import { binder, mostReads, u32 } from '../shader.ts';

export const concat: Kernel<'concat'> = plainKernel(
  'concat',
  'The operands one after another along an axis.',
  ({ node, inputs, output }, device) => {
    const axis = resolveAxis(node.attrs.axis, output.shape.length, node.id);
    // The output is `outer` rows; of each, an operand fills a stretch of its own.
    const outer = elementCount(output.shape.slice(0, axis));
    const row = elementCount(output.shape.slice(axis));
    const most = mostReads(device);
    const steps: Step[] = [];
    let start = 0;
    for (let first = 0; first < inputs.length; first += most) {
      const operands = inputs.slice(first, first + most) as readonly Operand[];
      const lengths = operands.map(({ shape }) => elementCount(shape.slice(axis)));
      const span = lengths.reduce((a, b) => a + b, 0);
      const b = binder(device);
      const names = operands.map((operand, i) => b.read(`x${i}`, operand));
      const y = b.write('y', output);
      const cases = names.map(
        (name, i) => `if (at < p.length${i}) {
  ${y('to', name(`outer * p.length${i} + at`))};
  return;
}
at -= p.length${i};`,
      );
      const step = b.step({
        kernel: 'concat',
        words: [
          u32('row', row),
          u32('start', start),
          u32('span', span),
          ...lengths.map((length, i) => u32(`length${i}`, length)),
        ],
        invocations: outer * span,
        body: `
let outer = index / p.span;
var at = index % p.span;
let to = outer * p.row + p.start + at;
${cases.join('\n')}`,
      });
      steps.push(step);
      start += span;
    }
    return { steps, temporaries: [] };
  },
);
