/** Constants summed up along axes. */
import { addDims, multiplyDims, unsupported, type Dim } from '../../../../ir/index.ts';
import { int, intList, type OnnxNode } from '../onnx-node.ts';
import { arrayLike, axisOf, floats, ints, plainInts, type Static } from '../static.ts';
import { need, type Evaluate } from './context.ts';
import { broadcastIndex } from './elementwise.ts';

interface Reduction {
  readonly start: number;
  readonly step: (total: number, x: number) => number;
  readonly finish?: (total: number, count: number) => number;
  /** The opset in which the axes became an input. */
  readonly since: 13 | 18;
  /** The same for sizes, some of which may be open. */
  readonly ofDims?: (total: Dim, x: Dim) => Dim;
}

const square = (total: number, x: number) => total + x * x;
const sum = (total: number, x: number) => total + x;

const reductions: Readonly<Record<string, Reduction>> = {
  ReduceSum: { start: 0, step: sum, since: 13, ofDims: addDims },
  ReduceMean: { start: 0, step: sum, finish: (total, count) => total / count, since: 18 },
  ReduceMax: { start: -Infinity, step: Math.max, since: 18 },
  ReduceMin: { start: Infinity, step: Math.min, since: 18 },
  ReduceProd: {
    start: 1,
    step: (total, x) => total * x,
    since: 18,
    ofDims: (a, b) => multiplyDims([a, b]),
  },
  ReduceL1: { start: 0, step: (total, x) => total + Math.abs(x), since: 18 },
  ReduceL2: { start: 0, step: square, finish: Math.sqrt, since: 18 },
  ReduceSumSquare: { start: 0, step: square, since: 18 },
};

function axesOf(x: Static, input: Static | null, node: OnnxNode, isInput: boolean): number[] {
  const given = isInput ? input && plainInts(input, 'axes') : intList(node, 'axes');
  const rank = x.shape.length;
  if (given && given.length > 0) return given.map((axis) => axisOf(axis, rank));
  return int(node, 'noop_with_empty_axes', 0) === 0 ? x.shape.map((_, i) => i) : [];
}

const reduce =
  ({ start, step, finish, since, ofDims }: Reduction): Evaluate =>
  (inputs, node, { opset, size }) => {
    const x = need(inputs, 0);
    const axes = axesOf(x, inputs[1] ?? null, node, opset >= since);
    const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    const shape =
      int(node, 'keepdims', 1) === 1 ? kept : x.shape.filter((_, i) => !axes.includes(i));
    const count = size(kept);
    const to = broadcastIndex(kept, x.shape, size(x.shape));
    if (x.kind === 'floats') {
      const totals = new Float64Array(count).fill(start);
      x.data.forEach((value, i) => (totals[to[i]!] = step(totals[to[i]!]!, value)));
      const each = x.data.length / count;
      const data = arrayLike(x.data, count);
      totals.forEach((total, i) => (data[i] = finish ? finish(total, each) : total));
      return floats(data, shape);
    }
    if (finish) throw unsupported('is supported for floating-point operands only');
    const totals = new Array<Dim>(count).fill(start);
    const plain = ofDims ? x.data : plainInts(x, 'what is reduced');
    plain.forEach((value, i) => {
      const at = to[i]!;
      totals[at] = ofDims
        ? ofDims(totals[at]!, value)
        : step(totals[at] as number, value as number);
    });
    return ints(totals, shape);
  };

export const reducers: Readonly<Record<string, Evaluate>> = Object.fromEntries(
  Object.entries(reductions).map(([op, reduction]) => [op, reduce(reduction)]),
);
