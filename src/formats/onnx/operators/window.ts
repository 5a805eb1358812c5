/** Convolutions and pools, with the padding before them. */
import { extent, shapeError, unsupported, type ValueId } from '../../../../ir/index.ts';
import { int, intList, text } from '../onnx-node.ts';
import { floats } from '../static.ts';
import { expectComparable, expectImage } from './expect.ts';
import type { Padded } from '../padded.ts';
import { node, paddedChannels, type ImportOp, type Site } from '../site.ts';
import { isAutomatic } from './border.ts';

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** Pads that keep ceil(size / stride); the odd one goes where `auto_pad` says. */
function samePads(site: Site, x: ValueId, { kernel, strides, dilations }: Omit<Geometry, 'pads'>) {
  const upper = text(site.node, 'auto_pad', '') === 'SAME_UPPER';
  const [before, after]: [number[], number[]] = [[], []];
  for (const axis of [0, 1]) {
    const [size, stride] = [site.shape(x)[axis + 2], strides[axis]!];
    const covered = extent(kernel[axis]!, dilations[axis]!);
    if (typeof size === 'string' && stride !== 1) {
      throw unsupported(`auto_pad needs the size ${size} as a number`);
    }
    const rest = stride === 1 || typeof size !== 'number' ? stride : size % stride || stride;
    const total = Math.max(covered - rest, 0);
    before.push(upper ? Math.floor(total / 2) : Math.ceil(total / 2));
    after.push(total - before[axis]!);
  }
  return [...before, ...after];
}

function geometryOf(site: Site, x: ValueId, kernel: readonly number[]): Geometry {
  const shape = site.shape(x);
  if (kernel.length !== shape.length - 2) {
    throw shapeError(`has a kernel of [${kernel.join(',')}] on [${shape.join(',')}]`);
  }
  expectImage(site, x);
  const strides = intList(site.node, 'strides') ?? [1, 1];
  const dilations = intList(site.node, 'dilations') ?? [1, 1];
  const auto = text(site.node, 'auto_pad', 'NOTSET');
  if (auto.startsWith('SAME')) {
    const window = { kernel, strides, dilations };
    return { ...window, pads: samePads(site, x, window) };
  }
  const given = auto === 'VALID' ? undefined : intList(site.node, 'pads');
  return { kernel, strides, dilations, pads: given ?? [0, 0, 0, 0] };
}

const plus = (a: readonly number[], b: readonly number[]) => a.map((pad, i) => pad + b[i]!);
const isZero = (pads: readonly number[]) => pads.every((pad) => pad === 0);
const perChannel = (channels: number, value: number) =>
  floats(new Float32Array(channels).fill(value));

/**
 * The border before a convolution that its own pads can take in: two of different values cannot, nor can
 * zeros stand in for what was cropped.
 */
function absorbed(site: Site): Padded | null {
  const operand = site.operand(0);
  if (operand.kind !== 'padded' || isAutomatic(site.node)) return null;
  const { border, pads } = operand;
  if (typeof border !== 'number' && border.shape.length !== 1) return null;
  const valid = text(site.node, 'auto_pad', 'NOTSET') === 'VALID';
  const own = valid ? [] : (intList(site.node, 'pads') ?? []);
  const fits = own.every((pad, i) => pad === 0 || (border === 0 && pads[i]! >= 0));
  return fits ? operand : null;
}

function padValueOf(site: Site, { x, border }: Padded): ValueId | null {
  if (border === 0) return null;
  const values =
    typeof border === 'number' ? perChannel(paddedChannels(site.shape(x)), border) : border;
  return site.constant('padValue', values);
}

const conv: ImportOp = (site) => {
  const { shape } = site.floats(1, 'the weight');
  if (site.has(2)) site.floats(2, 'the bias');
  const kernel = shape.slice(2).map(Number);
  const declared = intList(site.node, 'kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    throw shapeError(`kernel_shape=[${declared.join(',')}], but w is [${shape.join(',')}]`);
  }
  const border = absorbed(site);
  const x = border?.x ?? site.value(0);
  const { strides, dilations, pads: own } = geometryOf(site, x, kernel);
  const pads = border ? plus(own, border.pads) : own;
  const padValue = border && padValueOf(site, border);
  const group = int(site.node, 'group', 1);
  expectComparable(site.shape(x)[1], shape[1]! * group);
  const attrs = { strides, dilations, pads, group };
  return node('conv2d', [x, site.value(1), site.optional(2), padValue], attrs);
};

/** Rounding up is the same as rounding down where the strides fit. */
function expectNoCeil(site: Site, x: ValueId, { kernel, strides, pads }: Geometry): void {
  if (int(site.node, 'ceil_mode', 0) === 0) return;
  for (const axis of [0, 1]) {
    const size = site.shape(x)[axis + 2]!;
    const fits =
      typeof size === 'number' &&
      (size + pads[axis]! + pads[axis + 2]! - kernel[axis]!) % strides[axis]! === 0;
    if (!fits) throw unsupported(`ceil_mode=1 rounds the size ${size} up, which is not supported`);
  }
}

function pool(site: Site, x: ValueId): Geometry {
  const kernel = intList(site.node, 'kernel_shape');
  if (!kernel) throw shapeError('lacks its kernel_shape');
  const geometry = geometryOf(site, x, kernel);
  if (geometry.dilations.some((d) => d !== 1)) throw unsupported('is dilated: not supported');
  expectNoCeil(site, x, geometry);
  if (geometry.pads.some((pad, i) => pad >= kernel[i % 2]!)) {
    throw unsupported(`has pads=[${geometry.pads.join(',')}], as large as its kernel`);
  }
  const { pads } = geometry;
  const isSmall = (axis: number) => {
    const size = site.shape(x)[axis + 2]!;
    return typeof size === 'number' && size + pads[axis]! + pads[axis + 2]! < kernel[axis]!;
  };
  // Runtimes differ in whether that gives one element or none.
  if (isSmall(0) || isSmall(1)) throw unsupported('has a kernel that is larger than its image');
  return geometry;
}

const averagePool: ImportOp = (site) => {
  const operand = site.operand(0);
  const counts = int(site.node, 'count_include_pad', 0) === 1;
  const rounds = int(site.node, 'ceil_mode', 0) !== 0;
  if (operand.kind === 'padded' && operand.border === 0 && !rounds && !isAutomatic(site.node)) {
    const { kernel, strides, pads } = pool(site, operand.x);
    if (isZero(pads) && operand.pads.every((pad, i) => pad >= 0 && pad < kernel[i % 2]!)) {
      const attrs = { kernel_shape: kernel, strides, pads: operand.pads, count_include_pad: true };
      return node('averagePool', [operand.x], attrs);
    }
  }
  const x = site.value(0);
  const { kernel, strides, pads } = pool(site, x);
  const attrs = { kernel_shape: kernel, strides, pads, count_include_pad: counts };
  return node('averagePool', [x], attrs);
};

const maxPool: ImportOp = (site) => {
  site.onlyFirstOutput();
  const x = site.value(0);
  const { kernel, strides, pads } = pool(site, x);
  return node('maxPool', [x], { kernel_shape: kernel, strides, pads });
};

export const windows: Readonly<Record<string, ImportOp>> = {
  Conv: conv,
  AveragePool: averagePool,
  MaxPool: maxPool,
};
