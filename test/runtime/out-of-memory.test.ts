import { expect, test } from 'vitest';
import { gpuEnvironment } from '../../scripts/gpu.ts';
import { runProgram } from './run-program.ts';

// On SwiftShader, since others promise memory that they do not have: with lavapipe, a buffer too large
// ends the process, or another one, when it is first used.
const hasSwiftShader = process.platform === 'linux' && process.arch === 'x64';

test.runIf(hasSwiftShader)('out of memory names the owner and frees what was made', async () => {
  process.env['REPARAM_ADAPTER'] = 'swiftshader';
  const variables = await gpuEnvironment();
  delete process.env['REPARAM_ADAPTER'];
  const source = `
    import { openDevice } from './src/runtime/index.ts';
    import { startPlan } from './src/runtime/session.ts';
    import { scaleConstants, scalePlan } from './test/runtime/hand-made.ts';
    const device = await openDevice({ onError: (error) => console.log('unreported', error) });
    const plan = scalePlan(4);
    const [small] = plan.buffers;
    const buffers = [small, device.profile.limits.maxBufferSize];
    const error = await startPlan({ ...plan, buffers }, scaleConstants, { device }).catch((e) => e);
    console.log(error.name, error.code, error.subject, error.message.split(':')[0]);
    const session = await startPlan(plan, scaleConstants, { device });
    const { y } = await session.run({ x: new Float32Array(4) });
    session.close();
    console.log(y.data.join(), device.memory.buffers);
    device.close();`;
  const { stdout, code } = await runProgram(source, variables);
  expect(stdout.split('\n')).toEqual([
    'ReparamError out-of-memory y the device has no 1024 MiB left for the activations of "scale", the largest being "y"',
    '1,1,1,1 0',
    '',
  ]);
  expect(code).toBe(0);
});
