/** Means over height and width, and normalisation by statistics. */
import { multiplyDims, sameShape, unsupported, type ValueId } from '../../../../ir/index.ts';
import { expectInt, float, int, intList } from '../onnx-node.ts';
import { node, type ImportOp, type Site } from '../site.ts';
import { expectComparable, expectImage } from './expect.ts';

const globalAveragePool: ImportOp = (site) => {
  const x = site.value(0);
  expectImage(site, x);
  return node('globalAveragePool', [x]);
};

/** [N, C, H, W] behind a value [N, C, H W]. */
function imageBehind(site: Site, x: ValueId): ValueId | null {
  const flat = site.definition(x);
  if (flat?.op !== 'reshape' && flat?.op !== 'flatten') return null;
  const image = site.shape(flat.inputs[0]!);
  if (image.length !== 4) return null;
  const wanted = [...image.slice(0, 2), multiplyDims(image.slice(2))];
  return sameShape(site.shape(x), wanted) ? flat.inputs[0]! : null;
}

/** Only over height and width. */
const reduceMean: ImportOp = (site) => {
  const x = site.value(0);
  const rank = site.shape(x).length;
  const given =
    site.opset < 18 ? intList(site.node, 'axes') : site.has(1) && site.numbers(1, 'axes');
  const axes = (given || site.shape(x).map((_, i) => i)).map((a) => (a < 0 ? a + rank : a));
  const image = axes.join() === '2' ? imageBehind(site, x) : null;
  if (image !== null) {
    const shape = int(site.node, 'keepdims', 1) === 1 ? [0, 0, 1] : [0, 0];
    return node('reshape', [site.add('pooled', node('globalAveragePool', [image]))], { shape });
  }
  if (rank !== 4 || axes.toSorted((a, b) => a - b).join() !== '2,3') {
    throw unsupported(`over the axes ${axes.join(',')} of ${rank}: only height and width are`);
  }
  const pooled = node('globalAveragePool', [x]);
  if (int(site.node, 'keepdims', 1) === 1) return pooled;
  return node('flatten', [site.add('pooled', pooled)], { axis: 1 });
};

const statistics = ['the scale', 'the bias', 'the mean', 'the variance'];

const batchNorm: ImportOp = (site) => {
  expectInt(site.node, 'spatial', 1);
  site.onlyFirstOutput();
  const x = site.value(0);
  const shape = site.shape(x);
  if (shape.length < 2) throw unsupported(`of [${shape.join(',')}], which has no channels`);
  for (const [i, what] of statistics.entries()) {
    expectComparable(shape[1], site.floats(i + 1, what).shape[0]);
  }
  const inputs = [0, 1, 2, 3, 4].map(site.value);
  return node('batchNorm', inputs, { epsilon: float(site.node, 'epsilon', 1e-5) });
};

export const means: Readonly<Record<string, ImportOp>> = {
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduceMean,
  BatchNormalization: batchNorm,
};
