/** Whether what a candidate computes on the device is right. */
import { Tensor, type ValueId } from '../../ir/index.ts';
import type { Session } from '../runtime/session.ts';
import type { Exactness, Reference } from './reference.ts';

/** So large that what is left of it shows wherever it does not belong. */
const LARGE = 2 ** 40;

/**
 * Why the results are wrong, or null. First it runs on large numbers: a kernel that adds to what it does not
 * clear, or leaves elements unwritten, is right in new memory, which is zero, and wrong from then on.
 */
export async function verify(
  session: Session,
  inputs: Readonly<Record<ValueId, Tensor>>,
  reference: Reference,
  kernel: Exactness,
): Promise<string | null> {
  const large = Object.entries(inputs).map(
    ([id, { shape, data }]) =>
      [id, new Tensor(shape, data.map((value) => LARGE * value) as Float32Array)] as const,
  );
  await session.run(Object.fromEntries(large));
  const { out } = await session.run(inputs);
  return findWrong(out!.data, reference, kernel);
}

/** Says which element is furthest off, for what it may be off by. */
export function findWrong(
  actual: ArrayLike<number>,
  { places, wanted, allowed }: Reference,
  kernel: Exactness,
): string | null {
  const most = allowed(kernel);
  let count = 0;
  let worst = { off: 1, at: -1 };
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(actual[places ? places[i]! : i]! - wanted[i]!) / most[i]!;
    // Also where `off` is NaN.
    if (off <= 1) continue;
    count++;
    if (!(off <= worst.off)) worst = { off, at: i };
  }
  if (count === 0) return null;
  const { at } = worst;
  const place = places ? places[at]! : at;
  return (
    `element ${place} is ${actual[place]}, not ${wanted[at]} within ${most[at]!.toExponential(1)}; ` +
    `${count} of ${wanted.length} are wrong`
  );
}
