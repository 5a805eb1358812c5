/** Options that callers without types may get wrong. Each throws an `input` error that names the option. */
import { ReparamError } from '../../ir/index.ts';

const print = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

/** Undefined is the default, whatever it is. */
export function expectOneOf(option: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const all = choices.map((one) => JSON.stringify(one)).join(' or ');
  throw new ReparamError('input', `${option} may be ${all}, not ${print(value)}`);
}

export function expectMilliseconds(option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  const wanted = 'a number of milliseconds, 0 or more';
  throw new ReparamError('input', `${option} may be ${wanted}, not ${print(value)}`);
}

/** What an object is in detail is for `readTuning`. */
export function expectTuning(value: unknown): void {
  if (value === undefined || (typeof value === 'object' && value !== null)) return;
  const remedy = 'importTuning(text) makes one of the text of a file';
  throw new ReparamError('input', `tuning may be what tune gave, not ${print(value)}; ${remedy}`);
}

export function expectPrecisions(options: Readonly<Record<string, unknown>>): void {
  for (const name of ['precision', 'weights', 'activations', 'arithmetic']) {
    expectOneOf(name, options[name], ['f32', 'f16']);
  }
  const { weights, activations, arithmetic, ports = {} } = options;
  expectPorts(ports);
  const isHalf = [activations, ...Object.values(ports)].includes('f16');
  const missing = [
    ...(weights === 'f16' ? [] : ['weights']),
    ...(isHalf ? [] : ['activations']),
  ].join(' and ');
  if (arithmetic === 'f16' && missing !== '') {
    const what =
      'arithmetic "f16" is for products of weights and activations that are both stored in float16';
    throw new ReparamError('input', `${what}: make ${missing} "f16", too`);
  }
}

function expectPorts(value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null) {
    const wanted = '{ name: "f16" }, by the names of inputs and outputs';
    throw new ReparamError('input', `ports may be ${wanted}, not ${print(value)}`);
  }
  for (const [name, type] of Object.entries(value)) {
    expectOneOf(`ports[${JSON.stringify(name)}]`, type, ['f32', 'f16']);
  }
}
