/** Every example runs and says what the README says that it does. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const run = promisify(execFile);

/** What an example prints; adapters are found as for the tests. */
async function output(name: string, ...args: string[]): Promise<string> {
  const program = ['--import', 'tsx', `examples/${name}.ts`, ...args];
  return (await run(process.execPath, program, { cwd: root, timeout: 290_000 })).stdout;
}

const expected: Record<string, { args?: string[]; says: RegExp[] }> = {
  'quick-start': { says: [/\[ 'conv2d' \]/, /\[ 1, 64, 56, 56 \]/] },
  'two-convs': { says: [/applied sum-parallel-convs/, /%sum = conv2d/, /differ by \S+e-7 of/] },
  explain: {
    says: [
      /refused .* at sum,.*: the branches read different tensors/,
      /fn main/,
      /differ by 0|e-7 of/,
    ],
  },
  'conv-bn': { says: [/applied fold-bn at bn1/, /refused fold-bn at bn2.*already activated/] },
  'repvgg-block': { says: [/fold-bn\n/, /fuse-relu\n[^]*%relu = conv2d %x.*act="relu"/] },
  mobileone: { says: [/convs: 44/, /convs: 13/, /read back has 16 nodes/] },
  onnx: {
    says: [/convs: 14/, /convs: 7,[^}]*batchNorms: 0/, /wrote .*repvgg-g2\.onnx, \d+ bytes/],
  },
  'own-rule': { says: [/applied average-pool-to-conv/, /differ by \S+e-[67] of/] },
  'tutorial-benchmark': {
    args: ['--size', '16', '--batches', '1,2', '--rounds', '1'],
    says: [/batch +training +plain +speed-up/, /^1 .* x$/m, /^2 .* x$/m],
  },
};

test('there is a test of every example', async () => {
  const files = await readdir(new URL('examples/', root));
  const shared = ['demo.ts', 'report.ts', 'fashion.ts'];
  const own = files.filter((file) => file.endsWith('.ts') && !shared.includes(file));
  expect(own.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.entries(expected))('%s', async (name, { args = [], says }) => {
  const printed = await output(name, ...args);
  for (const pattern of says) expect(printed).toMatch(pattern);
});

test('the demo as JSON', async () => {
  const [report, ...others] = JSON.parse(await output('demo', '--json', '--model', 'mobileone'));
  expect(others).toEqual([]);
  expect(report).toEqual({
    model: 'mobileone',
    convsBefore: 44,
    convsAfter: 13,
    paramsBefore: 74_154,
    paramsAfter: 24_522,
    macsBefore: 992_960,
    macsAfter: 347_888,
    dispatchesBefore: 122,
    dispatchesAfter: 15,
    peakBytesBefore: expect.any(Number),
    peakBytesAfter: expect.any(Number),
    msBefore: expect.any(Number),
    msAfter: expect.any(Number),
    correctBefore: 920,
    correctAfter: 920,
    differentAnswers: 0,
    maxAbsDiffToPyTorch: expect.any(Number),
  });
  expect(report.maxAbsDiffToPyTorch).toBeLessThan(1e-4);
});

test("the README's code is the examples'", async () => {
  const read = async (file: string) => readFile(new URL(file, root), 'utf8');
  const readme = await read('README.md');
  const code = async (file: string) => (await read(file)).replace(/^\/\*\*.*\n/, '');
  const quickStart = await code('examples/quick-start.ts');
  for (const example of [quickStart, await code('examples/explain.ts')]) {
    expect(readme).toContain(example.replaceAll("'../src/index.ts'", "'reparam'"));
  }
  expect(quickStart.trim().split('\n').length).toBeLessThanOrEqual(20);
  const ownRule = /const averagePoolToConv = rule\([^]*?\n}\);\n/.exec(
    await read('examples/own-rule.ts'),
  )![0];
  expect(readme).toContain(ownRule);
});
