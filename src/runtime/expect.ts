/** Waiting for what was asked of a device, and throwing what became of it. */
import { ReparamError } from '../../ir/index.ts';
import type { Device } from './device.ts';
import type { Problem } from './health.ts';

export function expectHealthy({ health }: Device): void {
  if (health.failure) throw health.failure;
}

/** Throws what an error scope caught. `doing` begins the message: `running "net"`. */
export async function expectNone(
  problem: Promise<Problem | null>,
  { health }: Device,
  doing: string,
  subject: string,
): Promise<void> {
  const found = await health.watch(problem);
  if (!found) return;
  const code = found.kind === 'out-of-memory' ? 'out-of-memory' : 'gpu';
  throw new ReparamError(code, `${doing}: ${found.message}`, subject);
}

/** A buffer is unmapped a little before word comes that its device was lost. */
export async function expectMapped(
  mapped: Promise<undefined>,
  { gpu, health }: Device,
  what: string,
): Promise<void> {
  try {
    await health.watch(mapped);
  } catch (cause) {
    await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
    if (health.failure) throw health.failure;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReparamError('gpu', `${what} could not be read: ${reason}`, undefined, { cause });
  }
}
