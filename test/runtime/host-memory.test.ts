/** What a session leaves to the garbage collector. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { GraphBuilder, tensor } from '../../ir/index.ts';
import { openDevice, openSession } from '../../src/runtime/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A graph y = conv2d(x, w), and a weak reference to w. */
function makeGraph() {
  const b = new GraphBuilder('g');
  const weight = tensor([1, 1, 1, 1], [3]);
  const input = b.input('x', [1, 1, 2, 2]);
  b.node('conv2d', 'y', [input, b.constant('w', weight)]);
  return { graph: b.finish([{ name: 'y', value: 'y' }]), weight: new WeakRef(weight) };
}

test('the weights on the host are freed with their graph, while its session runs on', async () => {
  using device = await openDevice();
  const open = async () => {
    const { graph, weight } = makeGraph();
    return { session: await openSession(graph, { device }), weight };
  };
  const { session, weight } = await open();
  // An assertion on the weight itself would keep it.
  const isAlive = () => weight.deref() !== undefined;
  expect(isAlive()).toBe(true);
  await expect
    .poll(() => {
      collect();
      return isAlive();
    })
    .toBe(false);
  expect(device.weights.count).toBe(1);
  const { y } = await session.run({ x: new Float32Array([1, 2, 3, 4]) });
  expect([...y!.data]).toEqual([3, 6, 9, 12]);
  session.close();
  await expect.poll(() => device.weights.count).toBe(0);
});
