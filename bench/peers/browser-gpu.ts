/** Dawn as the `navigator.gpu` of a browser, for libraries that are made for browsers. */
import { create, globals } from 'webgpu';

/**
 * Sets the globals of WebGPU. All contestants ask for the same adapter, the fastest; the result tells its
 * description once it has been asked for.
 */
export function provideGpu(): { readonly gpu: GPU; readonly description: () => string } {
  const gpu = create([]);
  let description = '';
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter({ ...options, powerPreference: 'high-performance' });
    if (adapter) {
      description = adapter.info.description || adapter.info.device;
      copySharedWrites(adapter);
    }
    return adapter;
  };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'node' },
    configurable: true,
  });
  return { gpu, description: () => description };
}

/** Dawn in Node refuses to write from a SharedArrayBuffer, where ONNX Runtime has its heap. */
function copySharedWrites(adapter: GPUAdapter): void {
  const requestDevice = adapter.requestDevice.bind(adapter);
  adapter.requestDevice = async (descriptor) => {
    const device = await requestDevice(descriptor);
    const { queue } = device;
    const write = queue.writeBuffer.bind(queue);
    queue.writeBuffer = (buffer, offset, data, from?: number, size?: number) => {
      const shared = ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer;
      if (!shared) return write(buffer, offset, data, from, size);
      const bytes = data as unknown as Uint8Array;
      return write(
        buffer,
        offset,
        Uint8Array.from(
          bytes.subarray(from ?? 0, size === undefined ? undefined : (from ?? 0) + size),
        ),
      );
    };
    return device;
  };
}
