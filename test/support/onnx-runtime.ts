/** ONNX Runtime, as an independent opinion on what an ONNX file computes. */
import * as ort from 'onnxruntime-web';
import { Tensor } from '../../ir/index.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** The outputs that ONNX Runtime gives. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
    const tensor =
      data instanceof Float64Array
        ? new ort.Tensor('float64', data, shape)
        : new ort.Tensor('float32', data, shape);
    return [name, tensor] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      new Tensor(dims, data as Float32Array | Float64Array),
    ]),
  );
}
