/** A contestant that computes nothing, at once. */
import { serve } from '../../bench/peers/serve.ts';

serve({
  start: async () => '',
  load: async () => ({ run: async () => Float32Array.of(1), free: () => {} }),
});
