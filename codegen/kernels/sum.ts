/** The n-ary sum; more operands than a dispatch can bind are added up in several. */
import { elementCount, noActivation, type Fused, type ValueId } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { bytesOf, plainKernel, type Kernel, type Operand, type Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, mostReads } from '../shader.ts';
import { partsOf, typeOf, vectorOf, vectorSize } from './row-pieces.ts';

function addUp(
  operands: readonly Operand[],
  output: Operand,
  act: Fused,
  device: DeviceProfile,
): Step {
  const b = binder(device);
  const count = elementCount(operands[0]!.shape);
  const size = vectorSize(count);
  const element = typeOf(size);
  const terms = operands.map((operand, i) => b.read(`x${i}`, operand, element)('index'));
  const y = b.write('y', output, element);
  const { functions, words, apply } = epilogue(act);
  return b.step({
    kernel: 'sum',
    words,
    invocations: count / size,
    functions,
    body: `let total = ${terms.join(' + ')};
${y('index', vectorOf(partsOf('total', size).map(apply)))};`,
  });
}

export const sum: Kernel<'sum'> = plainKernel(
  'sum',
  'y = act(x0 + x1 + ...), element by element.',
  ({ inputs, output, act, fresh }, device) => {
    const most = mostReads(device);
    const steps: Step[] = [];
    const temporaries: { id: ValueId; bytes: number }[] = [];
    let rest = inputs as readonly Operand[];
    while (rest.length > most) {
      const part: Operand = { ...output, id: fresh(`${output.id} (part)`), type: 'f32' };
      steps.push(addUp(rest.slice(0, most), part, noActivation, device));
      temporaries.push({ id: part.id, bytes: bytesOf(part) });
      rest = [part, ...rest.slice(most)];
    }
    steps.push(addUp(rest, output, act, device));
    return { steps, temporaries };
  },
);
