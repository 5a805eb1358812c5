/** Broken files: every end and random changes. Only `file` errors may come, and soon. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReparamError } from '../../../ir/index.ts';
import { parseCheckpoint } from '../../../src/formats/index.ts';
import { checkpoint } from '../../fixtures/checkpoints.ts';

/** Whether it was refused; any other error passes through. */
function refuses(file: Uint8Array): boolean {
  try {
    parseCheckpoint(file);
    return false;
  } catch (error) {
    if (error instanceof ReparamError && error.code === 'file') return true;
    throw error;
  }
}

test.each(['small.pt', 'small-legacy.pt', 'training-legacy.pth.tar'])('every end of %s', (name) => {
  const file = checkpoint(name);
  for (let end = 0; end < file.length; end++) {
    expect(refuses(file.slice(0, end)), `${end} bytes`).toBe(true);
  }
  expect(refuses(file)).toBe(false);
});

const files = ['zip.pt', 'legacy.pt', 'protocol-4.pt', 'training.pth.tar', 'model.pt'].map(
  checkpoint,
);
files.push(checkpoint('small.pt'), checkpoint('small-legacy.pt'));

test('random changes', () => {
  const change = fc.record({
    at: fc.nat({ max: 10_000 }),
    drop: fc.oneof(fc.constant(1), fc.nat({ max: 8 })),
    insert: fc.uint8Array({ maxLength: 8 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (file, changes) => {
        let bytes = [...file];
        for (const { at, drop, insert } of changes) {
          bytes.splice(at % bytes.length, drop, ...insert);
        }
        const start = performance.now();
        refuses(Uint8Array.from(bytes));
        expect(performance.now() - start).toBeLessThan(5000);
      },
    ),
    { numRuns: 3000 },
  );
});

test('a byte of the pickle takes any value', () => {
  for (const file of [checkpoint('small.pt'), checkpoint('small-legacy.pt')]) {
    for (let at = 0; at < 450; at++) {
      for (const value of [0, 1, 0x28, 0x29, 0x52, 0x5d, 0x74, 0x7d, 0x80, 0xff]) {
        const changed = file.slice();
        changed[at] = value;
        refuses(changed);
      }
    }
  }
  expect(files.length).toBeGreaterThan(0);
});
