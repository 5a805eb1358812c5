/** `add` and `mul` with operands that broadcast as in ONNX. */
import { elementCount, type StaticShape } from '../../ir/index.ts';
import { broadcastStrides } from '../../ir/ops/broadcast.ts';
import { plainKernel, type Kernel } from '../kernel.ts';
import { binder, u32 } from '../shader.ts';

/** An axis of the output, and the steps of both operands along it; 0 where they broadcast. */
interface Axis {
  readonly size: number;
  readonly steps: readonly [number, number];
}

/**
 * The axes of the output, the last first, those merged along which both operands run on. Equal shapes
 * leave one axis, a value for each channel three.
 */
export function mergeAxes(output: StaticShape, a: StaticShape, b: StaticShape): Axis[] {
  const strides = [broadcastStrides(a, output), broadcastStrides(b, output)] as const;
  const axes: Axis[] = [];
  for (let i = output.length - 1; i >= 0; i--) {
    const size = output[i]!;
    if (size === 1) continue;
    const steps = [strides[0][i]!, strides[1][i]!] as const;
    const inner = axes.at(-1);
    if (inner && steps.every((step, k) => step === inner.steps[k]! * inner.size)) {
      axes[axes.length - 1] = { size: inner.size * size, steps: inner.steps };
    } else {
      axes.push({ size, steps });
    }
  }
  return axes.length > 0 ? axes : [{ size: 1, steps: [1, 1] }];
}

const makeBroadcast = <K extends 'add' | 'mul'>(op: K, sign: string): Kernel<K> =>
  plainKernel(op, `y = a ${sign} b with broadcasting.`, ({ inputs, output }, device) => {
    const bind = binder(device);
    const [left, right] = [inputs[0]!, inputs[1]!];
    const axes = mergeAxes(output.shape, left.shape, right.shape);
    const a = bind.read('a', left);
    const b = bind.read('b', right);
    const y = bind.write('y', output);
    const lines = axes.map((_, i) => {
      const last = i === axes.length - 1;
      const at = last ? 'rest' : `(rest % p.size${i})`;
      const next = last ? '' : `\nrest /= p.size${i};`;
      return `i += ${at} * p.a${i};\nj += ${at} * p.b${i};${next}`;
    });
    const step = bind.step({
      kernel: op,
      words: axes.flatMap(({ size, steps }, i) => [
        u32(`size${i}`, size),
        u32(`a${i}`, steps[0]),
        u32(`b${i}`, steps[1]),
      ]),
      invocations: elementCount(output.shape),
      body: `
var rest = index;
var i = 0u;
var j = 0u;
${lines.join('\n')}
${y('index', `${a('i')} ${sign} ${b('j')}`)};`,
    });
    return { steps: [step], temporaries: [] };
  });

export const add = makeBroadcast('add', '+');
export const mul = makeBroadcast('mul', '*');
