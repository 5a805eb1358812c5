/** Matrix products with constant weights. */
import { elementCount, shapeError, unsupported, type ValueId } from '../../../../ir/index.ts';
import { expectInt, float, int } from '../onnx-node.ts';
import { arrayLike, floats, type Floats } from '../static.ts';
import { expectComparable } from './expect.ts';
import { node, type ImportOp, type NewNode, type Site } from '../site.ts';

const scaled = ({ shape, data }: Floats, factor: number): Floats =>
  floats(
    data.map((x) => x * factor),
    shape,
  );

function transposed({ shape, data }: Floats): Floats {
  const [rows, columns] = shape as [number, number];
  const out = arrayLike(data, data.length);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) out[k * rows + i] = data[i * columns + k]!;
  }
  return floats(out, [columns, rows]);
}

function matrix(site: Site, index: number): Floats {
  const weights = site.floats(index, 'the right operand');
  if (weights.shape.length === 2) return weights;
  throw unsupported(`has weights [${weights.shape.join(',')}], which are no matrix`);
}

/** A product whose operands fit as far as is known. */
function linearOf(site: Site, x: ValueId, w: ValueId, b: ValueId | null = null): NewNode {
  const shape = site.shape(x);
  if (shape.length < 2) throw unsupported(`of the vector [${shape.join(',')}] is not supported`);
  expectComparable(shape.at(-1), site.shape(w)[1]);
  return node('linear', [x, w, b]);
}

const gemm: ImportOp = (site) => {
  const x = site.value(0);
  if (site.shape(x).length !== 2) throw shapeError('takes a matrix');
  expectInt(site.node, 'transA', 0);
  const weights = matrix(site, 1);
  const [alpha, beta] = [float(site.node, 'alpha', 1), float(site.node, 'beta', 1)];
  const turned = int(site.node, 'transB', 0) !== 0;
  const upright = turned ? weights : transposed(weights);
  const w =
    turned && alpha === 1
      ? site.value(1)
      : site.constant('weight', alpha === 1 ? upright : scaled(upright, alpha));
  if (!site.has(2) || beta === 0) return linearOf(site, x, w);
  const outputs = upright.shape[0]!;
  const c = site.floats(2, 'the bias');
  if (beta === 1 && c.shape.length === 1 && c.shape[0] === outputs) {
    return linearOf(site, x, w, site.value(2));
  }
  const size = elementCount(c.shape);
  const isRow = c.shape.length <= 2 && (size === 1 || size === c.shape.at(-1));
  const b = beta === 1 ? c : scaled(c, beta);
  if (isRow && (size === outputs || size === 1)) {
    const row = Float64Array.from({ length: outputs }, (_, i) => b.data[size === 1 ? 0 : i]!);
    const data = b.data instanceof Float64Array ? row : Float32Array.from(row);
    return linearOf(site, x, w, site.constant('bias', floats(data)));
  }
  if (c.shape.length === 2) expectComparable(c.shape[0], site.shape(x)[0]);
  const product = site.add('product', linearOf(site, x, w));
  return node('add', [product, beta === 1 ? site.value(2) : site.constant('bias', b)]);
};

const matMul: ImportOp = (site) => {
  const w = site.constant('weight', transposed(matrix(site, 1)));
  return linearOf(site, site.value(0), w);
};

export const linear: Readonly<Record<string, ImportOp>> = { Gemm: gemm, MatMul: matMul };
