import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluate, GraphBuilder, opNames, Tensor, verify, type OpName } from '../../ir/index.ts';

interface Array64 {
  shape: number[];
  data: number[];
}
/** As scripts/make-op-fixtures.py writes it. */
interface Case {
  op: OpName;
  what: string;
  attrs: Record<string, never>;
  inputs: (Array64 | null)[];
  output: Array64;
}

const path = new URL('../fixtures/ops.json', import.meta.url);
const cases = JSON.parse(readFileSync(path, 'utf8')) as Case[];

function run({ op, attrs, inputs }: Case): Tensor {
  const b = new GraphBuilder('case');
  const tensors: Record<string, Tensor> = {};
  const ids = inputs.map((input, i) => {
    if (!input) return null;
    tensors[`x${i}`] = new Tensor(input.shape, Float64Array.from(input.data));
    return b.input(`x${i}`, input.shape, 'f64');
  });
  const y = b.node(op, 'y', ids, attrs);
  return evaluate(verify(b.finish([{ name: 'y', value: y }])), tensors).y!;
}

describe.each(opNames)('%s computes what PyTorch computes', (op) => {
  const own = cases.filter((c) => c.op === op);
  test('there are cases', () => expect(own).not.toEqual([]));
  test.each(own)('$what', (c) => {
    const actual = run(c);
    expect(actual.shape).toEqual(c.output.shape);
    actual.data.forEach((value, i) => {
      const wanted = c.output.data[i]!;
      // Beside the relative error, that of cancelling numbers of about one.
      const allowed = 1e-12 * Math.abs(wanted) + 1e-14;
      expect(Math.abs(value - wanted), `element ${i}: ${value}, ${wanted}`).toBeLessThan(allowed);
    });
  });
});
