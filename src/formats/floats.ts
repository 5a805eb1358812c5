/** Little-endian floats as they stand in a file: views where their place is aligned, else copies. */

const aligned = (bytes: Uint8Array, alignment: number): Uint8Array =>
  // Not slice(): that of Node's Buffer does not copy.
  bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);

/** `bytes.length` is a multiple of 4. */
export function viewFloat32(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** `bytes.length` is a multiple of 8. */
export function viewFloat64(bytes: Uint8Array): Float64Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 8);
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}
