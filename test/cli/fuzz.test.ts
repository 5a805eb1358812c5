/** Damaged files through all of `optimize`: refused or optimised, and never half-written. One that
 * hung would keep this from ending. */
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure } from '../../src/cli/answer.ts';
import { optimizeFile } from '../../src/cli/commands/optimize.ts';
import { openOnnx } from '../../src/formats/onnx/model.ts';
import { block, feature, useFolder } from './cli.ts';

const folder = useFolder();
const old = 'what was there before';

/** Optimises the bytes over an older file, and says what came of it. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const [file, output] = [folder.path('in.onnx'), folder.path('out.onnx')];
  writeFileSync(file, bytes);
  writeFileSync(output, old);
  let failure: { readonly code: string; readonly message: string } | null = null;
  try {
    const { problem } = await optimizeFile(file, { output, shape: {} }, () => {});
    if (problem !== undefined) failure = { code: 'check', message: problem };
  } catch (error) {
    failure = describeFailure(error)!;
  }
  if (folder.files().join() !== 'in.onnx,out.onnx') return `it left ${folder.files().join()}`;
  const written = readFileSync(output);
  if (!failure) {
    openOnnx(written);
    return 'done';
  }
  if (written.toString() !== old) return 'it was refused, and the output is not what it was';
  if (failure.code === 'internal') return failure.message;
  return failure.message.includes(file) ? 'refused' : `without the file's name: ${failure.message}`;
}

const handled = ['done', 'refused'];
const seeds = {
  repvgg: block('repvgg-groups'),
  head: block('head'),
  custom: feature('custom-between'),
};
const runs = { numRuns: 200, seed: 20_261_122 };

describe.each(Object.entries(seeds))('%s', (_, path) => {
  const bytes = new Uint8Array(readFileSync(path));
  const place = fc.nat({ max: bytes.length - 1 });
  // Most of a file is weights, which may be anything: half of the damage is done to what is not.
  const structure = Array.from(bytes.keys()).filter((i) => /[A-Za-z/_.]{4}/.test(text(bytes, i)));
  const structural = fc.nat({ max: structure.length - 1 }).map((i) => structure[i]!);
  const somewhere = fc.oneof(place, structural);

  const expectHandled = async <T>(damage: fc.Arbitrary<T>, apply: (damage: T) => Uint8Array) =>
    fc.assert(
      fc.asyncProperty(damage, async (one) => {
        expect(handled).toContain(await outcome(apply(one)));
      }),
      runs,
    );

  test('cut', async () => expectHandled(place, (size) => bytes.subarray(0, size)));

  test('bits flipped', async () => {
    const flips = fc.array(fc.tuple(somewhere, fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 });
    await expectHandled(flips, (all) => {
      const changed = bytes.slice();
      for (const [at, bit] of all) changed[at]! ^= 1 << bit;
      return changed;
    });
  });

  test('bytes replaced, left out and put in', async () => {
    const splice = fc.tuple(somewhere, fc.nat({ max: 12 }), fc.uint8Array({ maxLength: 12 }));
    await expectHandled(fc.array(splice, { minLength: 1, maxLength: 4 }), (all) =>
      all.reduce<Uint8Array>(
        (now, [at, count, put]) =>
          Uint8Array.from([...now.subarray(0, at), ...put, ...now.subarray(at + count)]),
        bytes,
      ),
    );
  });

  test('parts of it in other places', async () => {
    const move = fc.tuple(somewhere, somewhere, fc.nat({ max: 200 }));
    await expectHandled(fc.array(move, { minLength: 1, maxLength: 3 }), (all) => {
      const changed = bytes.slice();
      for (const [from, to, count] of all)
        changed.set(bytes.subarray(from, from + Math.min(count, bytes.length - to)), to);
      return changed;
    });
  });
});

function text(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
}
