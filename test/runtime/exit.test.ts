import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

const hello = `
  import { openDevice, device } from './src/runtime/index.ts';
  import { startPlan } from './src/runtime/session.ts';
  import { scaleConstants, scalePlan } from './test/runtime/hand-made.ts';
`;

test('a program ends by itself after closing what it opened', async () => {
  const outcome = await runProgram(`${hello}
    const opened = await openDevice();
    const session = await startPlan(scalePlan(2), scaleConstants, { device: opened });
    const { y } = await session.run({ x: new Float32Array([1, 2]) });
    session.close();
    opened.close();
    globalThis.keep = { opened, session };
    console.log(y.data.join());`);
  expect(outcome).toMatchObject({ code: 0, signal: null, stdout: '3,5\n' });
});

test('asking for the default device leaves nothing behind that keeps a program alive', async () => {
  const outcome = await runProgram(`${hello}
    console.log((await device()).features.length >= 0);`);
  expect(outcome).toMatchObject({ code: 0, signal: null, stdout: 'true\n' });
});

test('so does a program that closes nothing', async () => {
  const outcome = await runProgram(`${hello}
    globalThis.device = await openDevice();
    globalThis.session = await startPlan(scalePlan(2), scaleConstants, { device: globalThis.device });
    const { y } = await globalThis.session.run({ x: new Float32Array([1, 2]) });
    console.log(y.data.join());`);
  expect(outcome).toMatchObject({ code: 0, signal: null, stdout: '3,5\n' });
});
