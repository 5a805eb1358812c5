// Runs a command where a WebGPU adapter can be found; see gpu.ts for which one.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { gpuEnvironment } from './gpu.ts';

const usage = `usage: tsx scripts/with-gpu.ts COMMAND [ARGUMENT...]
       REPARAM_ADAPTER=swiftshader tsx scripts/with-gpu.ts ...   (always the software adapter)`;

const [command, ...args] = process.argv.slice(2);
if (command === undefined || command.startsWith('-')) {
  console.error(usage);
  process.exit(command === '--help' ? 0 : 2);
}

let variables: Record<string, string>;
try {
  variables = await gpuEnvironment();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
// What a shell reports for a command that a signal ended.
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
});
