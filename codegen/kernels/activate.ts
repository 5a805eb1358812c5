/** The activations as operators of their own. */
import { activations, elementCount, type ActivationName, type Fused } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { plainKernel, type Job, type Kernel } from '../kernel.ts';
import { binder } from '../shader.ts';
import { partsOf, typeOf, vectorOf, vectorSize } from './row-pieces.ts';

/** The operator's attributes in the order in which a fused activation has them. */
export function asFused({ node }: Job<ActivationName>): Fused {
  const attrs = node.attrs as Readonly<Record<string, number>>;
  const names = Object.keys(activations[node.op].params);
  return { act: node.op, actParams: names.map((name) => attrs[name]!) };
}

export const activate: Kernel<ActivationName> = plainKernel(
  'activate',
  'y = act(x), element by element.',
  (job, device) => {
    const b = binder(device);
    const count = elementCount(job.output.shape);
    const size = vectorSize(count);
    const x = b.read('x', job.inputs[0]!, typeOf(size));
    const y = b.write('y', job.output, typeOf(size));
    const { functions, words, apply } = epilogue(asFused(job));
    const step = b.step({
      kernel: 'activate',
      words,
      invocations: count / size,
      functions,
      body: `let value = ${x('index')};
${y('index', vectorOf(partsOf('value', size).map(apply)))};`,
    });
    return { steps: [step], temporaries: [] };
  },
);
