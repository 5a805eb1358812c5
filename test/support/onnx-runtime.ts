/** ONNX Runtime on the CPU, as an independent opinion on what an ONNX file computes. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { Tensor } from '../../ir/index.ts';
import { widenHalf } from '../../src/formats/half.ts';
import { narrowToHalf } from './half.ts';

/** What a file says of an input or output; open sizes by name, an empty one where they have none. */
export interface Declared {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** Weights beside the file, by the name that it has for them. */
export type ExternalFiles = Readonly<Record<string, Uint8Array>>;

async function withSession<T>(
  bytes: Uint8Array,
  external: ExternalFiles,
  use: (session: InferenceSession) => T | Promise<T>,
): Promise<T> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    // Errors reach the caller; warnings would only be printed.
    logSeverityLevel: 3,
    // Test workers share few cores.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    externalData: Object.entries(external).map(([path, data]) => ({ path, data })),
  });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

function declared(all: readonly InferenceSession.ValueMetadata[]): Declared[] {
  return all.map((value) => {
    if (!value.isTensor) throw new Error(`${value.name} is not a tensor`);
    const { name, type, shape } = value;
    return { name, type, shape };
  });
}

/** In the type that the file declares. */
function feed({ shape, data }: Tensor, type: string): OrtTensor {
  if (type === 'float64') return new OrtTensor(type, Float64Array.from(data), shape);
  if (type === 'float32') return new OrtTensor(type, Float32Array.from(data), shape);
  if (type !== 'float16') throw new Error(`tests feed no ${type}`);
  // Its native part takes the bits only, in place of which its Tensor would hold a Float16Array on Node 24.
  const bits = new OrtTensor('uint16', narrowToHalf(data), shape);
  return Object.assign(bits, { type }) as unknown as OrtTensor;
}

/** Float64 for all but float32 and float16, which float32 holds. */
function result({ dims, data, type }: OrtTensor): Tensor {
  if (data instanceof Float32Array || data instanceof Float64Array) return new Tensor(dims, data);
  const { buffer, byteOffset, byteLength } = data as Uint16Array;
  if (type === 'float16') {
    return new Tensor(dims, widenHalf(new Uint8Array(buffer, byteOffset, byteLength)));
  }
  return new Tensor(dims, Float64Array.from(data as ArrayLike<number | bigint>, Number));
}

/** The outputs that ONNX Runtime gives. Inputs are rounded to the type that the file declares. */
export function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  external: ExternalFiles = {},
): Promise<Record<string, Tensor>> {
  return withSession(bytes, external, async (session) => {
    const feeds = declared(session.inputMetadata).map(({ name, type }) => {
      const tensor = inputs[name];
      if (!tensor) throw new Error(`the file has an input ${name}`);
      return [name, feed(tensor, type)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      session.outputNames.map((name) => [name, result(results[name]!)] as const),
    );
  });
}
