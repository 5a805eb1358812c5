/** What each layer of our own networks takes, in this process. */
import { openDevice, openSession, type Profile } from '../src/index.ts';
import { profileLayers, type LayerProfile } from '../src/profile/index.ts';
import { formsOf, type Case } from './networks.ts';
import type { Form } from './protocol.ts';
import { summarise, type Times } from './statistics.ts';

export interface NetworkProfile extends Omit<Profile, 'dispatches'> {
  readonly case: string;
  readonly form: Form;
  /** Of the whole run, by the wall clock, in milliseconds. */
  readonly whole: Times;
  readonly layers: readonly LayerProfile[];
}

const ROUNDS = 21;

export async function profileNetworks(
  cases: readonly Case[],
  say: (text: string) => void,
): Promise<NetworkProfile[]> {
  const device = await openDevice({ powerPreference: 'high-performance' });
  const profiles: NetworkProfile[] = [];
  try {
    for (const one of cases) {
      const forms = formsOf(one, 1);
      for (const form of one.forms) {
        say(`${one.name} ${form}: layer by layer`);
        using session = await openSession(forms[form], { device });
        const { dispatches, ...method } = await session.profile(null, {
          rounds: ROUNDS,
          roofline: true,
        });
        const ms: number[] = [];
        for (let round = 0; round < ROUNDS; round++) ms.push(await session.measure());
        const layers = profileLayers(forms[form], { dispatches, ...method });
        profiles.push({ case: one.name, form, whole: summarise(ms), ...method, layers });
      }
    }
    return profiles;
  } finally {
    device.close();
  }
}
