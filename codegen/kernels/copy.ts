/** y = x: for outputs of the graph that are inputs or constants. */
import { elementCount } from '../../ir/index.ts';
import type { Emission, Operand } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder } from '../shader.ts';

export function copy(source: Operand, target: Operand, device: DeviceProfile): Emission {
  const b = binder(device);
  const x = b.read('x', source);
  const y = b.write('y', target);
  const step = b.step({
    kernel: 'copy',
    words: [],
    invocations: elementCount(source.shape),
    body: `${y('index', x('index'))};`,
  });
  return { steps: [step], temporaries: [] };
}
