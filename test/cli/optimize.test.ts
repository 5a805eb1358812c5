/** Optimising files: what is written, what is said, and that nothing is written otherwise. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pass } from '../../passes/index.ts';
import { checkProblem } from '../../src/cli/check-text.ts';
import { optimizeFile } from '../../src/cli/commands/optimize.ts';
import { compile } from '../../src/index.ts';
import { load } from '../../src/formats/index.ts';
import { openOnnx } from '../../src/formats/onnx/model.ts';
import { graphStats } from '../../ir/index.ts';
import { block, feature, fixture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const mobileone = fixture('onnx/mobileone.train.onnx');

describe('as JSON', () => {
  const figures = {
    nodes: expect.any(Number),
    convs: expect.any(Number),
    transposedConvs: 0,
    batchNorms: expect.any(Number),
    params: expect.any(Number),
    macs: expect.any(Number),
    peakActivationBytes: expect.any(Number),
    uncounted: 0,
  };

  test('one object with all that there is to know', async () => {
    const out = folder.path('out.onnx');
    const { code, err, json } = await reparamJson('optimize', mobileone, '-o', out);
    expect([code, err]).toEqual([0, '']);
    expect(json).toEqual({
      input: { file: mobileone, bytes: readFileSync(mobileone).length },
      output: { file: out, bytes: readFileSync(out).length },
      before: { ...figures, convs: 44, batchNorms: 50, params: 74_154, macs: 992_960 },
      after: { ...figures, nodes: 16, convs: 13, batchNorms: 0, params: 24_522, macs: 347_888 },
      applied: expect.any(Array),
      refused: [],
      opaque: [],
      warnings: [],
      verify: {
        ok: true,
        maxAbsError: expect.any(Number),
        tolerance: expect.any(Number),
        outputScale: expect.any(Number),
        method: expect.any(String),
        worst: expect.any(String),
      },
      seconds: expect.any(Number),
    });
    expect(json['before'].peakActivationBytes).toBeGreaterThan(json['after'].peakActivationBytes);
    expect(json['verify'].maxAbsError).toBeLessThanOrEqual(json['verify'].tolerance);
    for (const event of json['applied']) {
      expect(event).toMatchObject({
        rule: expect.any(String),
        node: expect.any(String),
        why: expect.any(String),
      });
    }
  });

  test('what was refused, with what to do about it', async () => {
    const { json } = await reparamJson('optimize', block('residual'), '-o', folder.path('o.onnx'));
    const { log } = compile(openOnnx(readFileSync(block('residual'))).graph);
    const count = (kind: string) => log.filter((event) => event.kind === kind).length;
    expect(count('refused')).toBeGreaterThan(0);
    expect(json['applied']).toHaveLength(count('applied'));
    expect(json['refused']).toHaveLength(count('refused'));
    for (const event of json['refused']) {
      expect(event).toMatchObject({ rule: expect.any(String), node: expect.any(String) });
      expect(event.why).not.toBe('');
      expect(event.remedy).not.toBe('');
    }
  });
});

describe('what is written', () => {
  test('an ONNX file that is plain', async () => {
    const out = folder.path('out.onnx');
    expect((await reparam('optimize', mobileone, '-o', out)).code).toBe(0);
    const { graph } = openOnnx(readFileSync(out));
    expect(graphStats(graph)).toMatchObject({ convs: 13, batchNorms: 0 });
    expect(folder.files()).toEqual(['out.onnx']);
  });

  test("reparam's own form, which is read as well", async () => {
    const [own, again] = [folder.path('own.safetensors'), folder.path('again.onnx')];
    expect((await reparam('optimize', mobileone, '-o', own)).code).toBe(0);
    expect(graphStats(load(readFileSync(own)))).toMatchObject({ convs: 13 });
    expect((await reparam('optimize', own, '-o', again, '--shape', 'input=2x1x28x28')).code).toBe(
      0,
    );
    expect(openOnnx(readFileSync(again)).graph.inputs[0]!.shape).toEqual([2, 1, 28, 28]);
  });

  test('over the file that was read', async () => {
    const file = folder.copy(mobileone, 'model.onnx');
    expect((await reparam('optimize', file, '-o', file)).code).toBe(0);
    expect(graphStats(openOnnx(readFileSync(file)).graph).convs).toBe(13);
  });

  test('an operator that is not known stays', async () => {
    const out = folder.path('out.onnx');
    const { json } = await reparamJson('optimize', feature('custom-between'), '-o', out);
    expect(json['opaque']).toMatchObject([{ op: 'com.example::Scale', why: 'is not supported' }]);
    expect(json['after'].nodes).toBeLessThan(json['before'].nodes);
    expect(openOnnx(readFileSync(out)).opaque).toHaveLength(1);
    const own = await reparam('optimize', out, '-o', folder.path('own.safetensors'));
    expect(own.code).toBe(1);
    expect(own.err).toContain(
      'only an .onnx file can keep what reparam does not know: com.example',
    );
  });

  test('with weights beside the model', async () => {
    const out = folder.path('out.onnx');
    expect((await reparam('optimize', feature('external-one-file'), '-o', out)).code).toBe(0);
    expect((await reparam('verify', feature('external-one-file'), out)).code).toBe(0);
  });

  test('with fixed sizes', async () => {
    const out = folder.path('out.onnx');
    const { code } = await reparam('optimize', mobileone, '-o', out, '--shape', 'input=3x1x28x28');
    expect(code).toBe(0);
    expect(openOnnx(readFileSync(out)).graph.inputs[0]!.shape).toEqual([3, 1, 28, 28]);
  });
});

describe('what is said', () => {
  const optimize = async (file: string) =>
    (await reparam('optimize', file, '-o', folder.path('out.onnx'))).out;

  test('the comparison closest to its limit, with its place; how activations count', async () => {
    const out = await optimize(block('repvgg-block'));
    expect(out).toMatch(/^computes the same \(whole graph and \d+ rewritten regions?\)$/m);
    expect(out).toMatch(
      /^ {2}closest to its limit: off by \S+ where rounding may make \S+, in values up to \S+, at ".+"$/m,
    );
    expect(out).toMatch(/^ {2}after, an activation counts with the layer before it$/m);
    expect((await reparam('optimize', '--help')).out).toContain('an activation counts with');
  });

  test('how many convolutions are transposed, where there are any', async () => {
    const model = block('transposed-conv');
    expect(await optimize(model)).toMatch(
      /^ {2}convolutions +0 +0\n {2}transposed convolutions +2 +2\n/m,
    );
    expect(await optimize(mobileone)).not.toContain('transposed');
    const [out, report] = [folder.path('out.onnx'), folder.path('report.html')];
    const { json } = await reparamJson('optimize', model, '-o', out, '--report', report);
    expect(json['before']).toMatchObject({ convs: 0, transposedConvs: 2 });
    expect(json['after']).toMatchObject({ convs: 0, transposedConvs: 2 });
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('<figcaption>Transposed convolutions</figcaption>');
    expect(page).not.toContain('<figcaption>Convolutions</figcaption>');
    const converted = (await reparam('convert', model, '-o', out)).out;
    expect(converted).toContain(': 2 transposed convolutions, 1,032 parameters');
  });

  test('that there was nothing to do', async () => {
    await optimize(mobileone);
    const plain = folder.copy(folder.path('out.onnx'), 'plain.onnx');
    const out = await optimize(plain);
    expect(out).toContain('\nnothing was changed: there was nothing to merge\n');
    expect(out).not.toContain('computes the same');
  });

  test('that one of two is not finite', () => {
    const equivalence = {
      ok: false,
      maxAbsError: Infinity,
      tolerance: 1e-6,
      outputScale: 1,
      method: 'whole graph',
      worst: { value: 'y', region: null },
    };
    const { message } = checkProblem(equivalence, 'm.onnx')!;
    expect(message).toMatch(/^m\.onnx: .* at "y" one of the two is NaN or infinite/);
    expect(message).not.toMatch(/Infinity|report/);
    expect(checkProblem({ ...equivalence, maxAbsError: 1 }, 'm.onnx')!.message).toContain(
      'off by 1.0e+0 where rounding may make 1.0e-6, in values up to 1.00, at "y"; nothing was written',
    );
  });
});

describe('passes', () => {
  const counts = async (passes: string) => {
    const args = ['optimize', mobileone, '-o', folder.path('out.onnx'), '--passes', passes];
    const { json } = await reparamJson(...args);
    const rules = new Set(json['applied'].map(({ rule }: { rule: string }) => rule));
    return { after: json['after'], rules: [...rules] };
  };

  test('only one rule', async () => {
    const { after, rules } = await counts('fold-bn');
    expect(rules).toEqual(['fold-bn']);
    expect(after).toMatchObject({ convs: 44, batchNorms: 6 });
  });

  test('all but fusing activations', async () => {
    const { after, rules } = await counts(
      'canonicalise,fold-bn,sum-parallel-convs,pad-1x1-to-3x3,identity-to-conv',
    );
    expect(after).toMatchObject({ convs: 13, batchNorms: 0 });
    expect(rules).not.toContain('fuse-relu');
  });

  test('the whole of a pass', async () => {
    expect((await counts('merge')).after).toMatchObject({ nodes: 16, convs: 13 });
    const { rules } = await counts('canonicalise');
    expect(rules).toEqual(['add-to-sum', 'flatten-sums']);
  });
});

describe('nothing is written', () => {
  const files = () => folder.files();
  const old = 'what was there before';

  test.each([
    ['where the file cannot be read', 'optimize', fixture('fashion/images.u8')],
    ['where BatchNormalization is in training mode', 'optimize', block('train-mode-bn')],
    ['where converting cannot read the file', 'convert', fixture('fashion/images.u8')],
  ])('%s', async (_, command, file) => {
    const out = folder.path('out.onnx');
    writeFileSync(out, old);
    const report = command === 'optimize' ? ['--report', folder.path('report.html')] : [];
    const { code, err } = await reparam(command, file, '-o', out, ...report);
    expect(code).toBe(1);
    expect(err).toContain(file);
    expect(readFileSync(out, 'utf8')).toBe(old);
    expect(files()).toEqual(['out.onnx']);
  });

  test('the nodes in training mode are named, with the remedy', async () => {
    const { err } = await reparam('optimize', block('train-mode-bn'), '-o', folder.path('o.onnx'));
    expect(err).toMatch(/model\.eval\(\)[^]*BatchNormalization "[^"]+"/);
  });

  test('where the result does not compute the same', async () => {
    const out = folder.copy(mobileone, 'model.onnx');
    const before = readFileSync(out);
    const breaking = pass('wrong', (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.op === 'relu' ? { ...node, op: 'identity' as const, attrs: {} } : node,
      ),
    }));
    const options = { output: out, report: folder.path('r.html'), shape: {}, passes: [breaking] };
    const { ok, problem, json } = await optimizeFile(out, options, () => {});
    expect(ok).toBe(false);
    expect(problem).toMatch(
      /model\.onnx: the result would not compute the same .* at ".*nothing was written/,
    );
    expect(json).toMatchObject({
      error: { code: 'file', message: problem, subject: out },
      verify: { ok: false },
      output: null,
    });
    expect(readFileSync(out)).toEqual(before);
    expect(files()).toEqual(['model.onnx']);
  });

  test.each([
    ['into a folder that does not exist', () => folder.path('no/out.onnx'), /no does not exist/],
    ['into what is no folder', () => folder.path('file/out.onnx'), /file is not a folder/],
    [
      'where nobody may write',
      () => '/proc/self/out.onnx',
      /cannot write \/proc\/self\/out\.onnx: .*(give another place|make it first)$/m,
    ],
    ['over a folder', () => folder.path('folder.onnx'), /folder\.onnx: it is a folder/],
  ])('%s', async (_, output, message) => {
    writeFileSync(folder.path('file'), '');
    mkdirSync(folder.path('folder.onnx'));
    const report = folder.path('report.html');
    const args = ['optimize', mobileone, '-o', output(), '--report', report];
    const { code, err } = await reparam(...args);
    expect(code).toBeGreaterThan(0);
    expect(err).toMatch(message);
    expect(files()).toEqual(['file', 'folder.onnx']);
  });
});
