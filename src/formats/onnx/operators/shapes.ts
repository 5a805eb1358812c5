/** What changes a value's shape or only asks for it, and what does nothing in inference. */
import {
  divideDims,
  sameShape,
  shapeError,
  unsupported,
  type Dim,
  type Shape,
} from '../../../../ir/index.ts';
import { squeezed, unsqueezed } from '../evaluate/index.ts';
import { int } from '../onnx-node.ts';
import { isFloatType, typeName } from '../tensor-proto.ts';
import { ints } from '../static.ts';
import { node, type ImportOp, type Site } from '../site.ts';
import { expectComparable } from './expect.ts';

/** A known number of sizes, some of which may be open; `start` and `end` came with opset 15. */
const shape: ImportOp = (site) => {
  const whole = site.shapeOf(0);
  const end = site.node.attributes.has('end') ? int(site.node, 'end', 0) : undefined;
  return ints(whole.slice(int(site.node, 'start', 0), end));
};

/** The shape that comes out; null where none fits. Throws where that depends on open sizes. */
function reshaped(from: Shape, wanted: Shape): Shape | null {
  const sizes = wanted.map((d, i): Dim => (d === 0 ? (from[i] ?? 0) : d));
  const rest = divideDims(
    from,
    sizes.filter((d) => d !== -1),
  );
  if (rest !== null && (rest === 1 || sizes.includes(-1))) {
    return sizes.map((d) => (d === -1 ? rest : d));
  }
  if (![...from, ...wanted].some((d) => typeof d === 'string')) return null;
  const shapes = `[${from.join(',')}] takes the shape [${wanted.join(',')}]`;
  throw unsupported(`depends on whether ${shapes}; give the open sizes as numbers`);
}

const reshape: ImportOp = (site) => {
  const { data } = site.ints(1, 'the shape');
  if (int(site.node, 'allowzero', 0) !== 0 && data.includes(0)) {
    throw unsupported('makes a tensor without elements');
  }
  const from = site.shapeOf(0);
  const to = reshaped(from, data);
  if (to && sameShape(from, to)) return site.operand(0);
  return node('reshape', [site.value(0)], { shape: data });
};

/** Only where nothing changes. */
const expand: ImportOp = (site) => {
  const from = site.shapeOf(0);
  const { data } = site.ints(1, 'the shape');
  const isSame =
    data.length <= from.length &&
    data.every((d, i) => {
      return d === 1 || d === from[i + from.length - data.length];
    });
  if (isSame) return site.operand(0);
  throw unsupported(`of [${from.join(',')}] to [${data.join(',')}] is not supported`);
};

const alias: ImportOp = (site) => site.operand(0);

const ratioOf = (site: Site): number => (site.has(1) ? site.scalar(1, 'ratio') : 0.5);

const dropout: ImportOp = (site) => {
  if (site.has(2) && site.scalar(2, 'training_mode') !== 0 && ratioOf(site) !== 0) {
    throw shapeError('drops elements at random; export after `model.eval()`');
  }
  site.onlyFirstOutput();
  return site.operand(0);
};

const cast: ImportOp = (site) => {
  const to = int(site.node, 'to', 0);
  if (!isFloatType(to)) throw unsupported(`to ${typeName(to)} is not supported`);
  return site.operand(0);
};

const concat: ImportOp = (site) => {
  const inputs = site.node.inputs.map((_, i) => site.value(i));
  const axis = int(site.node, 'axis', 1);
  const [first, ...others] = inputs.map(site.shape);
  for (const other of others) {
    if (other.length !== first!.length) continue;
    const along = axis < 0 ? axis + other.length : axis;
    other.forEach((d, i) => i !== along && expectComparable(d, first![i]));
  }
  return node('concat', inputs, { axis });
};

const withAxes =
  (change: typeof squeezed): ImportOp =>
  (site: Site) => {
    const x = site.value(0);
    if (site.has(1) && !site.known(1)) throw unsupported('has axes that are not constant');
    const wanted = change(site.shape(x), site.known(1), site.node, site.opset);
    return node('reshape', [x], { shape: wanted });
  };

export const shapes: Readonly<Record<string, ImportOp>> = {
  Shape: shape,
  Reshape: reshape,
  Expand: expand,
  Flatten: (site) => node('flatten', [site.value(0)], { axis: int(site.node, 'axis', 1) }),
  Squeeze: withAxes(squeezed),
  Unsqueeze: withAxes(unsqueezed),
  Identity: alias,
  Dropout: dropout,
  Cast: cast,
  Concat: concat,
};
