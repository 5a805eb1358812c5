/** Sums of products of constants: Einsum, and MatMul and Gemm as such. */
import { shapeError, unsupported, type StaticShape } from '../../../../ir/index.ts';
import { float, int, text } from '../onnx-node.ts';
import { arrayLike, floats, type Floats, type Static } from '../static.ts';
import { need, type Evaluate, type EvaluationContext } from './context.ts';
import { combine } from './elementwise.ts';
import { stridesOf } from './layout.ts';

/** Multiply-adds that a file may ask for: some seconds. */
const MAX_WORK = 2 ** 31;

type Labels = readonly string[];

interface Term {
  readonly operand: Floats;
  readonly labels: Labels;
}

const floatsAt = (inputs: readonly (Static | null)[], index: number): Floats => {
  const input = need(inputs, index);
  if (input.kind === 'floats') return input;
  throw unsupported('is supported for floating-point operands only');
};

/** How far apart the elements are along each label; a label that stands twice is a diagonal. */
function stepsOf({ operand, labels }: Term, wanted: Labels): number[] {
  const strides = stridesOf(operand.shape);
  return wanted.map((label) =>
    labels.reduce((step, own, i) => (own === label ? step + strides[i]! : step), 0),
  );
}

function sizesOf(terms: readonly Term[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { operand, labels } of terms) {
    if (labels.length !== operand.shape.length) {
      throw shapeError(`[${operand.shape.join(',')}] has not the axes ${labels.join('')}`);
    }
    labels.forEach((label, i) => {
      const known = sizes.get(label) ?? operand.shape[i]!;
      if (known !== operand.shape[i])
        throw shapeError(`the sizes ${known} and ${operand.shape[i]} differ`);
      sizes.set(label, known);
    });
  }
  return sizes;
}

/** The places in two operands of all combinations of indices, in row-major order. */
function places(shape: StaticShape, a: readonly number[], b: readonly number[]) {
  const count = shape.reduce((product, d) => product * d, 1);
  const [inA, inB] = [new Uint32Array(count), new Uint32Array(count)];
  for (let i = 0; i < count; i++) {
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      inA[i]! += index * a[axis]!;
      inB[i]! += index * b[axis]!;
    }
  }
  return { inA, inB };
}

/** The sum over all labels but those of `output` of the products of two operands. */
function contract(a: Term, b: Term, output: Labels, { size }: EvaluationContext): Floats {
  const sizes = sizesOf([a, b]);
  const sizeOf = (labels: Labels): StaticShape =>
    labels.map((label) => sizes.get(label) ?? fail(label));
  const summed = [...sizes.keys()].filter((label) => !output.includes(label));
  const [shape, inner] = [sizeOf(output), sizeOf(summed)];
  if (size(shape) * size(inner) > MAX_WORK)
    throw unsupported('computes more than its file could need');
  const out = places(shape, stepsOf(a, output), stepsOf(b, output));
  const sum = places(inner, stepsOf(a, summed), stepsOf(b, summed));
  const [x, y] = [a.operand.data, b.operand.data];
  const data = arrayLike(x, out.inA.length);
  for (let i = 0; i < data.length; i++) {
    const [ax, by] = [out.inA[i]!, out.inB[i]!];
    let total = 0;
    for (let k = 0; k < sum.inA.length; k++) total += x[ax + sum.inA[k]!]! * y[by + sum.inB[k]!]!;
    data[i] = total;
  }
  return floats(data, shape);
}

const fail = (label: string): never => {
  throw shapeError(`no operand has the axis ${label}`);
};

/** From left to right, each time summing what neither the rest nor the output has. */
function contractAll(terms: readonly Term[], output: Labels, context: EvaluationContext): Floats {
  const [first, ...others] = terms as [Term, ...Term[]];
  const one: Term = { operand: floats(arrayLike(first.operand.data, 1).fill(1), []), labels: [] };
  if (others.length === 0) return contract(first, one, output, context);
  sizesOf(terms);
  let left = first;
  others.forEach((right, i) => {
    const later = [...others.slice(i + 1).flatMap(({ labels }) => labels), ...output];
    const own = [...new Set([...left.labels, ...right.labels])];
    const labels = i === others.length - 1 ? output : own.filter((label) => later.includes(label));
    left = { operand: contract(left, right, labels, context), labels };
  });
  return left.operand;
}

const einsum: Evaluate = (inputs, node, context) => {
  const equation = text(node, 'equation', '').replaceAll(' ', '');
  if (equation.includes('.')) throw unsupported(`equation="${equation}" is not supported`);
  const [left = '', right] = equation.split('->');
  const parts = left.split(',');
  const isValid = [...parts, right ?? ''].every((part) => /^[A-Za-z]*$/.test(part));
  if (!isValid || parts.length !== inputs.length) {
    throw shapeError(`equation="${equation}" does not fit ${inputs.length} operands`);
  }
  const all = parts.join('');
  const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  const output = right === undefined ? once.toSorted() : right.split('');
  const terms = parts.map((part, i) => ({ operand: floatsAt(inputs, i), labels: part.split('') }));
  return contractAll(terms, output, context);
};

/** Axes of size 1 are broadcast: they get a label of their own, over which there is nothing to sum. */
const matMul: Evaluate = (inputs, _, context) => {
  const [a, b] = [floatsAt(inputs, 0), floatsAt(inputs, 1)];
  const [m, n] = [a.shape.length > 1 ? ['m'] : [], b.shape.length > 1 ? ['n'] : []];
  if (a.shape.length === 0 || b.shape.length === 0) throw shapeError('multiplies a scalar');
  const batchOf = ({ shape }: Floats, name: string) =>
    shape.slice(0, -2).map((d, i, { length }) => (d === 1 ? `${name}${i}` : `batch${length - i}`));
  const [batchA, batchB] = [batchOf(a, 'a'), batchOf(b, 'b')];
  const rank = Math.max(batchA.length, batchB.length);
  const batch = Array.from({ length: rank }, (_unused, i) => {
    const [la, lb] = [batchA[i - rank + batchA.length], batchB[i - rank + batchB.length]];
    return la?.startsWith('batch') || lb === undefined ? la! : lb;
  });
  const terms = [
    { operand: a, labels: [...batchA, ...m, 'k'] },
    { operand: b, labels: [...batchB, 'k', ...n] },
  ];
  return contractAll(terms, [...batch, ...m, ...n], context);
};

const gemm: Evaluate = (inputs, node, context) => {
  const label = (name: string, axes: string[]) =>
    int(node, name, 0) === 0 ? axes : axes.toReversed();
  const terms = [
    { operand: floatsAt(inputs, 0), labels: label('transA', ['m', 'k']) },
    { operand: floatsAt(inputs, 1), labels: label('transB', ['k', 'n']) },
  ];
  const [alpha, beta] = [float(node, 'alpha', 1), float(node, 'beta', 1)];
  const product = contractAll(terms, ['m', 'n'], context);
  const scaled = floats(
    product.data.map((x) => x * alpha),
    product.shape,
  );
  if (!inputs[2]) return scaled;
  return combine(scaled, floatsAt(inputs, 2), context, (x, c) => x + beta * c);
};

export const products: Readonly<Record<string, Evaluate>> = {
  Einsum: einsum,
  MatMul: matMul,
  Gemm: gemm,
};
