import { expect, test } from 'vitest';
import { borrowDefaultDevice } from '../../src/runtime/default-device.ts';
import { device, openDevice } from '../../src/runtime/index.ts';
import { runProgram } from './run-program.ts';

test('a device tells what it is and what it can do', async () => {
  using opened = await openDevice();
  const { info, profile, gpu } = opened;
  expect(info.description + info.device + info.vendor).not.toBe('');
  expect(info.limits.maxBufferSize).toBe(gpu.limits.maxBufferSize);
  expect(profile.limits).toEqual(info.limits);
  expect(info.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  for (const feature of info.features) expect(gpu.features.has(feature)).toBe(true);
  expect(structuredClone(info)).toEqual(info);
});

test('a software adapter is known as one', async () => {
  const { software, description } = await device();
  expect(software).toBe(/swiftshader|llvmpipe/i.test(description));
});

test('it asks for all that the adapter has, not for WebGPU’s defaults', async () => {
  using opened = await openDevice();
  expect(opened.profile.limits.maxBufferSize).toBeGreaterThan(268_435_456);
  const { features, subgroupSize, subgroupMinSize } = opened.profile;
  expect(features).toContain('subgroups');
  expect(subgroupMinSize).toBeGreaterThanOrEqual(4);
  expect(subgroupSize ?? subgroupMinSize).toBe(subgroupMinSize);
});

test('the default device is shared, closed with its last user and then opened anew', async () => {
  const [first, second] = await Promise.all([borrowDefaultDevice(), borrowDefaultDevice()]);
  expect(first.device).toBe(second.device);
  first.release();
  first.release();
  expect(second.device.health.failure).toBeNull();
  second.release();
  expect(second.device.health.failure).toMatchObject({ code: 'closed' });
  const third = await borrowDefaultDevice();
  expect(third.device).not.toBe(first.device);
  third.release();
});

test('after a loss, the default device is a new one', async () => {
  const lost = await borrowDefaultDevice();
  lost.device.gpu.destroy();
  await lost.device.gpu.lost;
  const next = await borrowDefaultDevice();
  expect(next.device).not.toBe(lost.device);
  next.release();
  lost.release();
});

test('errors that nobody waits for are reported', async () => {
  const heard: string[] = [];
  using opened = await openDevice({ onError: ({ message }) => heard.push(message) });
  opened.gpu.createBuffer({ size: 2 ** 52, usage: 0x80 });
  await expect.poll(() => heard.length).toBe(1);
  expect(heard[0]).toMatch(/an error of WebGPU: .*max buffer size/);
});

test('without an adapter, the error tells what to install', async () => {
  const source = `
    import { openSession } from './src/runtime/index.ts';
    const graph = { name: 'g', inputs: [], nodes: [], outputs: [], consts: {} };
    const error = await openSession(graph).catch((error) => error);
    console.log(error.name, error.code, error.message);`;
  const nowhere = '/nonexistent.json';
  const { stdout, code } = await runProgram(source, {
    VK_ICD_FILENAMES: nowhere,
    VK_DRIVER_FILES: nowhere,
  });
  expect(stdout).toMatch(/^ReparamError no-adapter no WebGPU adapter was found: .*install/);
  expect(stdout).toContain(process.platform === 'linux' ? 'bookworm-backports' : 'driver');
  expect(code).toBe(0);
});

test('where the package webgpu does not load, the error says so', async () => {
  const source = `
    import { device } from './src/runtime/index.ts';
    Object.defineProperty(process, 'arch', { value: 'mips' });
    const error = await device().catch((error) => error);
    console.log(error.name, error.code, error.message);`;
  const { stdout } = await runProgram(source);
  expect(stdout).toMatch(/^ReparamError no-adapter the package "webgpu".* mips\)/);
});
