/** Initial parameters: reproducible from a seed and the parameter's name, computed only when somebody reads them. */
import { Lazy, rowLength, type DType, type StaticShape } from '../../ir/index.ts';

/** Makes a parameter's initial value. `key` decides the random numbers. */
export type Initial = (shape: StaticShape, key: string, dtype: DType) => Lazy;

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let state = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state;
}

/** The finaliser of MurmurHash3: every input bit changes every output bit. */
function scramble(state: number): number {
  let x = state;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** The `index`th of a sequence of uniform numbers in (0, 1): a scrambled Weyl sequence. */
const uniformAt = (seed: number, index: number): number =>
  ((scramble((seed + Math.imul(index, 0x9e3779b9)) | 0) >>> 0) + 0.5) / 0x1_0000_0000;

/** `fill` gets a seed for each row, so that rows can be read in any order. */
const random =
  (fill: (out: Float64Array, length: number, seed: number) => void): Initial =>
  (shape, key, dtype) => {
    const seed = hash(key);
    const length = rowLength(shape);
    const row = (index: number, out: Float64Array) =>
      fill(out, length, scramble(seed ^ scramble(index + 1)));
    return new Lazy(shape, row, dtype);
  };

/** Every element the same. */
export const filled =
  (value: number): Initial =>
  (shape, _key, dtype) => {
    const length = rowLength(shape);
    return new Lazy(shape, (_index, out) => void out.fill(value, 0, length), dtype);
  };

export const uniform = (low: number, high: number): Initial =>
  random((out, length, seed) => {
    for (let i = 0; i < length; i++) out[i] = low + (high - low) * uniformAt(seed, i);
  });

/** Normal distribution around 0, two numbers at a time (Box and Muller 1958). */
export const normal = (deviation: number): Initial =>
  random((out, length, seed) => {
    for (let i = 0; i < length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(uniformAt(seed, i)));
      const angle = 2 * Math.PI * uniformAt(seed, i + 1);
      out[i] = radius * Math.cos(angle);
      if (i + 1 < length) out[i + 1] = radius * Math.sin(angle);
    }
  });

/** Keeps the variance through a ReLU network (He et al. 2015, Kaiming normal). */
export const kaimingNormal = (fanIn: number): Initial => normal(Math.sqrt(2 / fanIn));

/** PyTorch's start for the biases of convolutions and linear layers. */
export const uniformBias = (fanIn: number): Initial =>
  uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
