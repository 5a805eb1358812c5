/** Safetensors files with any header, right or wrong. */

export const bytesOf = (data: Float32Array | Float64Array | Uint16Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** `header` as it is if it is text, else as JSON; `data` as it is, or so many zeros. */
export function safetensorsFile(header: object | string, data: Uint8Array | number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const content = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + json.length + content.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(content, 8 + json.length);
  return file;
}
