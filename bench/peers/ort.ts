/** What ONNX Runtime for Node and for browsers have in common. */
import type { Contestant } from './serve.ts';

interface OrtTensor {
  readonly data: unknown;
  dispose?(): void;
}

interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** The part of onnxruntime-common that is used here. */
export interface Ort {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<OrtSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly env: {
    logLevel?: string;
    readonly wasm: { numThreads?: number; wasmPaths?: string };
    readonly webgpu?: { powerPreference?: string };
  };
}

/** Loads and runs models with the options of a session. */
export const loadWithOrt =
  (ort: () => Ort, options: object): Contestant['load'] =>
  async (onnx, shape) => {
    const { InferenceSession, Tensor } = ort();
    const session = await InferenceSession.create(onnx, { logSeverityLevel: 3, ...options });
    const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
    return {
      async run(data) {
        const results = await session.run({ [input]: new Tensor('float32', data, shape) });
        return results[output]!.data as Float32Array;
      },
      free: () => session.release(),
    };
  };
