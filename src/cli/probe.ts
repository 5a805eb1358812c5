/** Asking for an adapter in another process: Dawn writes to stderr by itself, and a bad driver may end it. */
import { spawnSync } from 'node:child_process';
import { ReparamError } from '../../ir/index.ts';
import { adapterAdvice } from '../runtime/webgpu.ts';
import { packageFolder } from './package.ts';

/** An exit code that Node does not use. */
const NO_ADAPTER = 42;

const program = `
  import { create } from 'webgpu';
  process.exit((await create([]).requestAdapter()) === null ? ${NO_ADAPTER} : 0);`;

let found = false;

/** Why there is no adapter to open, or null; what else can be wrong, opening it tells. */
export function adapterProblem(): ReparamError | null {
  if (found) return null;
  const { status, signal } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: packageFolder(), stdio: 'ignore', timeout: 60_000 },
  );
  if (status === NO_ADAPTER) {
    return new ReparamError('no-adapter', `no WebGPU adapter was found: ${adapterAdvice()}`);
  }
  if (signal) {
    const message = `the driver of the GPU ends the process that asks for it (${signal}): ${adapterAdvice()}`;
    return new ReparamError('no-adapter', message);
  }
  found = true;
  return null;
}
