/** Checks the kernels on the adapter that there is; main.ts runs this once for each adapter. */
import { parseArgs } from 'node:util';
import { openDevice } from '../../src/runtime/index.ts';
import { families } from './families.ts';
import type { AdapterResult } from './result.ts';
import { sweep } from './sweep.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    kernel: { type: 'string' },
    family: { type: 'string' },
    path: { type: 'string' },
  },
});
const { cases, seed, ...rest } = values;
if (rest.family !== undefined && !families.some(({ name }) => name === rest.family)) {
  console.error(
    `there is no family "${rest.family}": ${families.map(({ name }) => name).join('; ')}`,
  );
  process.exit(2);
}
using device = await openDevice();
const { device: name, description } = device.info;
const adapter = [name, description].filter(Boolean).join(': ');
console.error(`${adapter}, seed ${seed}, ${cases} graphs of each of ${families.length} families`);
const start = performance.now();
const { record, counterexample } = await sweep(device, {
  ...rest,
  cases: Number(cases),
  seed: Number(seed),
  onFamily: (family) =>
    console.error(`${Math.round((performance.now() - start) / 1000)} s  ${family}`),
});
const isWhole = rest.family === undefined && !counterexample;
const result: AdapterResult = {
  adapter,
  seconds: Math.round((performance.now() - start) / 1000),
  findings: record.findings(),
  refused: record.refused(),
  unmet: isWhole ? record.unmet() : [],
  counterexample,
};
console.log(JSON.stringify(result));
