// Checks that the declarations in dist compile for whoever installs the package: with and without the
// DOM library and Node's types, and without @webgpu/types. Other compilers may be given as arguments.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = `
import { model, openDevice, openSession, parseSafetensors, rules } from 'reparam';
import { readSafetensors } from 'reparam/node';

export const all = [model, parseSafetensors, readSafetensors, rules];
export async function run(): Promise<void> {
  using device = await openDevice({ powerPreference: 'low-power' });
  using session = await openSession(model('m', { x: [1] }, ({ x }) => x), { device });
  await session.run({ x: new Float32Array(1) });
}
`;

const libs = [[], ['es2023'], ['es2022', 'dom'], ['esnext', 'dom']];
const types = [[], ['node']];
const compilers = process.argv.length > 2 ? process.argv.slice(2) : ['node_modules/.bin/tsc'];

const folder = mkdtempSync(join(tmpdir(), 'reparam-types-'));
try {
  const installed = join(folder, 'node_modules/reparam');
  cpSync('dist', join(installed, 'dist'), { recursive: true });
  cpSync('package.json', join(installed, 'package.json'));
  for (const name of ['@types/node', 'undici-types', '@bufbuild/protobuf']) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    cpSync(join('node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'program.ts'), program);
  const problems = compilers.flatMap((compiler) =>
    libs.flatMap((lib) => types.flatMap((some) => compile(resolve(compiler), lib, some))),
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log('the types compile for users');
} finally {
  rmSync(folder, { recursive: true });
}

function compile(compiler: string, lib: readonly string[], some: readonly string[]): string[] {
  const compilerOptions = {
    noEmit: true,
    strict: true,
    module: 'nodenext',
    skipLibCheck: false,
    types: some,
    ...(lib.length > 0 && { lib }),
  };
  const config = { compilerOptions, files: ['program.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { status, stdout, error } = spawnSync(compiler, { cwd: folder, encoding: 'utf8' });
  if (error) throw error;
  if (status === 0) return [];
  return [
    `${compiler}, lib ${lib.join() || 'default'}, types ${some.join() || 'none'}:\n${stdout}`,
  ];
}
