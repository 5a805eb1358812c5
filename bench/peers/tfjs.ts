/** TensorFlow.js, WebGPU through Dawn for Node, or WebAssembly with one thread. */
import { readOnnx } from '../../src/index.ts';
import { provideGpu } from './browser-gpu.ts';
import { loadPackage, urlIn } from './packages.ts';
import { serve } from './serve.ts';
import type { Tf } from './tfjs-api.ts';
import { translate } from './tfjs-graph.ts';

const backend = process.argv[2]!;
let tf: Tf;

async function startWebGpu(): Promise<string> {
  const { description } = provideGpu();
  await loadPackage('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  return description();
}

async function startWasm(): Promise<string> {
  const wasm = await loadPackage<{
    setWasmPaths(folder: string): void;
    setThreadsCount(count: number): void;
  }>('@tensorflow/tfjs-backend-wasm');
  wasm.setThreadsCount(1);
  wasm.setWasmPaths(urlIn('@tensorflow/tfjs-backend-wasm', 'dist/').pathname);
  await tf.setBackend('wasm');
  return '';
}

serve({
  async start() {
    tf = await loadPackage<Tf>('@tensorflow/tfjs-core');
    const description = await (backend === 'webgpu' ? startWebGpu() : startWasm());
    if (tf.getBackend() !== backend) throw new Error(`the backend is ${tf.getBackend()}`);
    return description;
  },
  load: async (onnx, shape) => translate(readOnnx(onnx), shape, tf),
});
