/** Initial parameters: reproducible from a seed and the parameter's name, computed only when somebody reads them. */
import { Lazy, rowLength, type DType, type StaticShape } from '../../ir/index.ts';

/** Makes a parameter's initial value. `key` decides the random numbers. */
export type Initial = (shape: StaticShape, key: string, dtype: DType) => Lazy;

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}

/** The finaliser of MurmurHash3: every input bit changes every output bit. */
function scramble(state: number): number {
  let x = state;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Uniform numbers in (0, 1): a scrambled Weyl sequence. */
function uniformNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return (scramble(state) + 0.5) / 0x1_0000_0000;
  };
}

/** Each row has a generator of its own, so that rows can be read in any order. */
const random =
  (draw: (uniform: () => number) => number): Initial =>
  (shape, key, dtype) => {
    const seed = hash(key);
    const length = rowLength(shape);
    const row = (index: number, out: Float64Array) => {
      const uniform = uniformNumbers(scramble(seed ^ scramble(index + 1)));
      for (let i = 0; i < length; i++) out[i] = draw(uniform);
    };
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
  random((next) => low + (high - low) * next());

/** Normal distribution around 0 (Box and Muller 1958). */
export const normal = (deviation: number): Initial =>
  random((next) => deviation * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));

/** Keeps the variance through a ReLU network (He et al. 2015, Kaiming normal). */
export const kaimingNormal = (fanIn: number): Initial => normal(Math.sqrt(2 / fanIn));

/** PyTorch's start for the biases of convolutions and linear layers. */
export const uniformBias = (fanIn: number): Initial =>
  uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
