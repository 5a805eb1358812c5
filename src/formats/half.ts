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
