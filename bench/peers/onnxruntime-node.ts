/** onnxruntime-node: its own Dawn (`webgpu`), or native code (`cpu`, all cores: the ceiling of this machine). */
import { loadWithOrt, type Ort } from './ort.ts';
import { loadPackage } from './packages.ts';
import { serve } from './serve.ts';

const provider = process.argv[2]!;
let ort: Ort;

serve({
  async start() {
    ort = await loadPackage<Ort>('onnxruntime-node');
    return '';
  },
  // Threads that go on spinning after a run would slow down whoever is measured next.
  load: loadWithOrt(() => ort, {
    executionProviders: [provider],
    extra: { session: { force_spinning_stop: '1' } },
  }),
});
