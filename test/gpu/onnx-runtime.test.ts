/** The GPU and ONNX Runtime, which brings a WebGPU implementation of its own, in one process. */
import { expect, test } from 'vitest';
import { Tensor } from '../../ir/index.ts';
import { openSession, readOnnx } from '../../src/index.ts';
import { blockBytes, blockTensor } from '../fixtures/onnx-blocks.ts';
import { relativeError } from '../support/close.ts';
import { runOnnx } from '../support/onnx-runtime.ts';

test.each(['repvgg-block', 'mobileone-block'])('%s gives the same on both', async (name) => {
  const [bytes, input] = [blockBytes(name), blockTensor(name, 'input')];
  const graph = readOnnx(bytes);
  const before = await runOnnx(bytes, { input });
  const session = await openSession(graph);
  const first = await session.run({ input: input.data as Float32Array });
  const after = await runOnnx(bytes, { input });
  const second = await session.run({ input: input.data as Float32Array });
  session.close();
  const wanted = before['output']!;
  expect(after['output']).toEqual(wanted);
  for (const { output } of [first, second]) {
    expect(relativeError(new Tensor(wanted.shape, output!.data), wanted)).toBeLessThan(1e-5);
  }
});
