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
    precision: { type: 'string', default: 'f32' },
  },
});
const { cases, seed, precision: given, ...rest } = values;
const precision = given === 'f16' ? 'f16' : 'f32';
if (rest.family !== undefined && !families.some(({ name }) => name === rest.family)) {
  console.error(
    `there is no family "${rest.family}": ${families.map(({ name }) => name).join('; ')}`,
  );
  process.exit(2);
}
using device = await openDevice();
if (precision === 'f16' && !device.profile.features.includes('shader-f16')) {
  console.error('the adapter has no float16');
  process.exit(3);
}
const { device: name, description } = device.info;
const inHalf = precision === 'f16' ? ', in float16' : '';
const adapter = [name, description].filter(Boolean).join(': ') + inHalf;
console.error(`${adapter}, seed ${seed}, ${cases} graphs of each of ${families.length} families`);
const start = performance.now();
const { record, counterexample } = await sweep(device, {
  ...rest,
  precision,
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
