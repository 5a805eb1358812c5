/** The 16-bit floats, widened to float32 without loss. */

/** Little-endian IEEE 754 binary16. */
export function widenHalf(bytes: Uint8Array): Float32Array {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(bytes.byteLength / 2);
  const values = new Float32Array(bits.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = from.getUint16(2 * i, true);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) values[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}

/** Little-endian bfloat16: the upper half of a float32. */
export function widenBfloat(bytes: Uint8Array): Float32Array {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(bytes.byteLength / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = from.getUint16(2 * i, true) << 16;
  return new Float32Array(bits.buffer);
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** value / 2^n as a whole number, ties to even. Numbers this small and large are exact. */
const roundTo = (value: number, n: number): number => {
  const scaled = value / 2 ** n;
  const whole = Math.floor(scaled);
  const rest = scaled - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
};

/** The nearest IEEE 754 binary16, ties to even, as its bits; too large a number is infinite. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  // Below 2^-14 all numbers are 2^-24 apart, and above it 2^-10 of their power of two.
  const power = size < 2 ** -14 ? -14 : Math.min(Math.floor(Math.log2(size)), 16);
  const fraction = roundTo(size, power - 10);
  const bits = size < 2 ** -14 ? fraction : (power + 14) * 1024 + fraction;
  return sign | Math.min(bits, 0x7c00);
}

/** Little-endian binary16, each number rounded to the nearest. */
export function narrowToHalf(values: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint16(2 * i, halfBits(value), true));
  return bytes;
}

/** As `narrowToHalf`, filled up to whole words of four bytes. */
export function narrowToWords(values: Float32Array | Float64Array): Uint8Array {
  const words = new Uint8Array(4 * Math.ceil(values.length / 2));
  words.set(narrowToHalf(values));
  return words;
}

/** Little-endian bfloat16, each number rounded to the nearest, ties to even. */
export function narrowToBfloat(values: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    single[0] = value;
    const bits = singleBits[0]!;
    const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    view.setUint16(2 * i, Number.isNaN(value) ? 0x7fc0 : rounded, true);
  });
  return bytes;
}
