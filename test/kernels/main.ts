/**
 * `npm run test:kernels`: every candidate of every kernel over generated graphs against the evaluator, on the
 * system's adapter, there in float16, too, and on SwiftShader, which has none.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { printMarkdown, printTable, type AdapterResult } from './result.ts';

const usage = `usage: npm run test:kernels -- [OPTION...]
  --cases N      graphs of each family (12)
  --seed S       of what is generated (1)
  --kernel NAME  only this kernel
  --family NAME  only this family of graphs
  --path PATH    only the counterexample with this path in the family
  --adapter A    system or swiftshader; without it, both
  --precision P  f32 or f16; without it, both on the system's adapter
  --markdown     a table for docs/performance.md`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const { values } = parseArgs({
  options: {
    cases: text,
    seed: text,
    kernel: text,
    family: text,
    path: text,
    adapter: text,
    precision: text,
    markdown: flag,
    help: flag,
  },
});
const { adapter, precision, markdown, help, ...passed } = values;
const known = adapter === undefined || adapter === 'system' || adapter === 'swiftshader';
const isKnown = known && (precision === undefined || ['f32', 'f16'].includes(precision));
if (help || !isKnown || (passed.path !== undefined && passed.family === undefined)) {
  console.error(usage);
  process.exit(help ? 0 : 2);
}
const args = Object.entries(passed).flatMap(([name, value]) => [`--${name}`, value]);

/** In a process of its own: a driver is found when a process starts, and may end it. */
function runOn(where: 'system' | 'swiftshader', type = 'f32'): AdapterResult | null {
  const { REPARAM_ADAPTER: _, ...others } = process.env;
  const env = where === 'swiftshader' ? { ...others, REPARAM_ADAPTER: where } : others;
  const command = ['scripts/with-gpu.ts', 'node', '--import', 'tsx', 'test/kernels/on-adapter.ts'];
  const { stdout, status } = spawnSync('npx', ['tsx', ...command, ...args, '--precision', type], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout) as AdapterResult;
  console.error(`the process on the adapter "${where}" in ${type} ended with ${status}\n${stdout}`);
  return null;
}

const results = [runOn(adapter ?? 'system', precision)];
const fellBack = results[0] && /swiftshader/i.test(results[0].adapter);
if (!adapter && !precision && !fellBack) results.push(runOn('system', 'f16'), runOn('swiftshader'));

const done = results.filter((result) => result !== null);
console.log(markdown ? printMarkdown(done) : done.map(printTable).join('\n\n'));
let isRight = done.length === results.length;
for (const { adapter: name, unmet, counterexample } of done) {
  if (unmet.length > 0) {
    isRight = false;
    console.error(`\n${name}: no graph was generated for ${unmet.join(', ')}`);
  }
  if (counterexample) {
    isRight = false;
    const { family, path, seed, message } = counterexample;
    const where = /swiftshader/i.test(name) ? 'swiftshader' : 'system';
    const type = name.endsWith('in float16') ? 'f16' : 'f32';
    console.error(`\n${name}\n${message}
again: npm run test:kernels -- --adapter ${where} --precision ${type} --seed ${seed} --family "${family}" --path "${path}"`);
  }
}
process.exit(isRight ? 0 : 1);
