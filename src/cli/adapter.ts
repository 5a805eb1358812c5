/** The GPU for a command, or in a clone of the project the software adapter that comes with it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { extname, join } from 'node:path';
import { ReparamError } from '../../ir/index.ts';
import { openDevice, type Device, type DeviceInfo } from '../runtime/index.ts';
import type { ExitCode, Io } from './answer.ts';
import { packageFolder } from './package.ts';

/** Set for a process that was started again, so that it happens once. */
const STARTED_AGAIN = 'REPARAM_STARTED_AGAIN';

/** What starts a program where an adapter is found. Only a clone has it: it is not in the package. */
const launcher = join(packageFolder(), 'scripts/with-gpu.ts');

/** Whether there is an adapter to fall back to. */
export function hasFallback(): boolean {
  return existsSync(launcher) && loader() !== null && !process.env[STARTED_AGAIN];
}

function loader(): string | null {
  try {
    return import.meta.resolve('tsx');
  } catch {
    return null;
  }
}

/**
 * Opens a device and runs what needs it. In a clone without an adapter, the command is started again where
 * there is one, and what is returned is its exit code.
 */
export async function withDevice(
  args: readonly string[],
  run: (device: Device) => Promise<void>,
): Promise<ExitCode> {
  let device: Device;
  try {
    device = await openDevice();
  } catch (error) {
    const isMissing = error instanceof ReparamError && error.code === 'no-adapter';
    if (!isMissing || !hasFallback()) throw error;
    return startAgain(args);
  }
  try {
    await run(device);
    return 0;
  } finally {
    device.close();
  }
}

/** A driver is found by the environment that a process starts with. */
async function startAgain(args: readonly string[]): Promise<ExitCode> {
  const main = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
  const command = [process.execPath, ...process.execArgv, main, ...args];
  const child = spawn(process.execPath, ['--import', loader()!, launcher, ...command], {
    stdio: 'inherit',
    env: { ...process.env, [STARTED_AGAIN]: '1' },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve((signal ? 128 + constants.signals[signal] : (code ?? 1)) as ExitCode),
    );
  });
}

/** The adapter in a few words. */
export const describeAdapter = (info: DeviceInfo): string => {
  const { vendor, architecture, device, description, software } = info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed';
  return `${name}${software ? ' (software)' : ''}`;
};

/** Says to whoever watches that it will be slow. */
export function announce(io: Io, { info }: Device): void {
  if (info.software && io.watched)
    io.err(`running on a software adapter, which is slow: ${describeAdapter(info)}\n`);
}
