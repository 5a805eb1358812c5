/** onnxruntime-web: WebGPU through Dawn for Node, or WebAssembly with one thread. */
import { provideGpu } from './browser-gpu.ts';
import { loadWithOrt, type Ort } from './ort.ts';
import { loadPackage, urlIn } from './packages.ts';
import { serve } from './serve.ts';

const provider = process.argv[2]!;
const file = provider === 'webgpu' ? 'dist/ort.webgpu.bundle.min.mjs' : 'dist/ort.node.min.mjs';
let ort: Ort;

serve({
  async start() {
    const provided = provider === 'webgpu' ? provideGpu() : null;
    ort = await loadPackage<Ort>(urlIn('onnxruntime-web', file).href);
    ort.env.wasm.wasmPaths = urlIn('onnxruntime-web', 'dist/').href;
    ort.env.wasm.numThreads = 1;
    if (provided === null) return '';
    await provided.gpu.requestAdapter();
    return provided.description();
  },
  load: loadWithOrt(() => ort, { executionProviders: [provider] }),
});
