/** Who is measured. */
export interface Contestant {
  /** As in the results: `onnxruntime-web webgpu`. */
  readonly name: string;
  /** The program in `peers/`, and the provider or backend that it is to use. */
  readonly program: string;
  readonly provider: string;
  /** Whether it computes on the adapter. */
  readonly gpu: boolean;
  /** Of Node. */
  readonly flags?: readonly string[];
}

export const reparam: Contestant = {
  name: 'reparam',
  program: 'reparam.ts',
  provider: '',
  gpu: true,
};

const peer = (name: string, provider: string): Contestant => ({
  name: `${name} ${provider}`,
  program: `${name}.ts`,
  provider,
  gpu: provider === 'webgpu',
});

export const peers: readonly Contestant[] = [
  peer('onnxruntime-node', 'webgpu'),
  // V8 11 (Node 20) spends a minute of CPU on optimising one function of its WebAssembly, while the GPU
  // does the work anyway: without that, its first result is there a minute earlier.
  { ...peer('onnxruntime-web', 'webgpu'), flags: ['--liftoff-only'] },
  peer('tfjs', 'webgpu'),
  peer('onnxruntime-web', 'wasm'),
  peer('tfjs', 'wasm'),
  peer('onnxruntime-node', 'cpu'),
];

export const contestants: readonly Contestant[] = [reparam, ...peers];

/** Packages of bench/package.json without which no peer runs. */
export const packages = [
  'onnxruntime-node',
  'onnxruntime-web',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-backend-wasm',
] as const;
