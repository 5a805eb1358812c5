/** The command as a process: what it prints to pipes, how it ends, and that it needs nothing but the package. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { block, fixture, picture, useFolder, type Json, type Outcome } from './cli.ts';

const folder = useFolder();
const root = join(import.meta.dirname, '../..');
/** No driver is found, and no loader but the system's. */
const noDriver = {
  ...process.env,
  LD_LIBRARY_PATH: '',
  VK_DRIVER_FILES: '/nowhere',
  VK_ICD_FILENAMES: '/nowhere',
};

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settings = { cwd: root, timeout: 250_000, ...options };
    execFile(command, args, settings, (error, out, err) => {
      resolve({ code: error ? ((error.code as number | undefined) ?? -1) : 0, out, err });
    });
  });
}

/** Otherwise, what it said is in the failure. */
function expectDone({ code, out, err }: Outcome): void {
  expect({ code, said: code === 0 ? '' : out + err }).toEqual({ code: 0, said: '' });
}

const fromSource = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args]);

test('a pipe gets the answer, and nothing else', async () => {
  const out = folder.path('out.onnx');
  const result = await fromSource('optimize', block('repvgg-block'), '-o', out, '--json');
  expect([result.code, result.err]).toEqual([0, '']);
  expect(JSON.parse(result.out)).toMatchObject({ after: { convs: 2 }, verify: { ok: true } });
});

test('errors are lines, with the exit code', async () => {
  const failed = await fromSource('inspect', 'no.onnx');
  expect(failed).toEqual({
    code: 1,
    out: '',
    err: 'reparam: cannot read no.onnx: there is no such file\n',
  });
  expect((await fromSource('inspect')).code).toBe(2);
});

test('an answer that cannot be written', async () => {
  if (process.platform !== 'linux') return; // Only there is a file that is always full.
  const command = `"${process.execPath}" --import tsx src/cli/main.ts inspect "${block('head')}" >/dev/full`;
  const { code, err } = await run('bash', ['-c', command]);
  expect(code).toBe(1);
  expect(err).toMatch(/^reparam: cannot write the answer: .*ENOSPC.*\n$/);
});

test('where the errors come from, for those who look for it', async () => {
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'inspect', 'no.onnx'];
  const { code, err } = await run(process.execPath, args, {
    env: { ...process.env, REPARAM_DEBUG: '1' },
  });
  expect(code).toBe(1);
  expect(err).toMatch(/^ +at /m);
});

test('a reader that has seen enough', async () => {
  const command = `"${process.execPath}" --import tsx src/cli/main.ts zoo --json | head -n 1`;
  expect(await run('bash', ['-c', `set -o pipefail; ${command}`])).toMatchObject({ err: '' });
});

/**
 * What is installed: the compiled package and its dependencies, without those of development. Built in
 * a folder of its own, since other tests may be reading dist.
 */
async function build(): Promise<string> {
  const clone = folder.path('clone');
  mkdirSync(clone);
  const sources = ['ir', 'passes', 'codegen', 'src', 'package.json'];
  const configs = ['tsconfig.json', 'tsconfig.build.json'];
  for (const name of [...sources, ...configs]) {
    cpSync(join(root, name), join(clone, name), { recursive: true });
  }
  mkdirSync(join(clone, 'scripts'));
  cpSync(join(root, 'scripts/finish-build.ts'), join(clone, 'scripts/finish-build.ts'));
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  expectDone(await run('npm', ['run', 'build'], { cwd: clone }));
  return clone;
}

test('npm run build, then npx', async () => {
  const clone = await build();
  const main = join(clone, 'dist/src/cli/main.js');
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(statSync(main).mode & 0o111).toBe(0o111);

  const out = folder.path('out.onnx');
  const npx = (...args: string[]) =>
    run('npx', ['--no-install', 'reparam', ...args], { cwd: clone });
  const model = fixture('onnx/mobileone.train.onnx');
  const report = folder.path('report.html');
  const optimized = await npx('optimize', model, '-o', out, '--report', report, '--json');
  expectDone(optimized);
  expect(JSON.parse(optimized.out)).toMatchObject({ after: { convs: 13 } });
  expect(existsSync(out)).toBe(true);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/i);
  expect((await npx('optimize', model)).code).toBe(2);

  const ran = await run(main, ['run', out, '-i', picture, '--json'], { cwd: clone });
  expectDone(ran);
  expect(JSON.parse(ran.out)).toMatchObject({ outputs: [{ name: 'logits', shape: [1, 10] }] });

  // No launcher is there, as in an installed package: it says what to install.
  const none = await run(main, ['run', out, '-i', picture, '--json'], {
    cwd: clone,
    env: noDriver,
  });
  expect(none.code).toBe(1);
  expect(none.err).toMatch(/^reparam: no WebGPU adapter was found: install .*\n$/);
  expect(JSON.parse(none.out)).toMatchObject({ error: { code: 'no-adapter' } });
  const [file, page] = [folder.path('profiled.onnx'), folder.path('profiled.html')];
  const profiling = ['optimize', model, '-o', file, '--report', page, '--profile', '--json'];
  const unprofiled = await run(main, profiling, { cwd: clone, env: noDriver });
  expect(unprofiled.code).toBe(1);
  expect(JSON.parse(unprofiled.out)).toMatchObject({ error: { code: 'no-adapter' } });
  expect([existsSync(file), existsSync(page)]).toEqual([false, false]);
  const doctor = await run(main, ['doctor', '--json'], { cwd: clone, env: noDriver });
  expect(doctor.code).toBe(1);
  expect(JSON.parse(doctor.out)).toMatchObject({
    ok: false,
    adapters: [],
    missing: [
      {
        what: 'an adapter: run, bench, tune and optimize --profile will not work',
        remedy: expect.stringContaining('install'),
      },
    ],
  });
});

test('in a clone without a driver, the software adapter that comes with it', async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return; // It has none for others.
  const model = fixture('onnx/mobileone.train.onnx');
  const cli = async (...args: string[]) => {
    const { code, out, err } = await run(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', ...args, '--json'],
      { env: noDriver },
    );
    return { code, out, err, json: JSON.parse(out) as Json };
  };
  const ran = await cli('run', model, '-i', picture);
  expectDone(ran);
  expect(ran.err).toContain('No Vulkan adapter found, using the slow software adapter');
  expect(ran.json['adapter']).toMatch(/SwiftShader/);
  expect(await cli('doctor')).toMatchObject({
    code: 0,
    json: {
      ok: true,
      fallback: true,
      adapters: [],
      missing: [
        {
          what: 'an adapter of the system; run, bench, tune and optimize --profile use the slow software adapter SwiftShader of this clone',
          remedy: expect.stringContaining('install'),
        },
      ],
    },
  });
});
