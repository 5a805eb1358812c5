/** Tunings as text: read strictly, since a file may be of another version, cut short, or something else. */
import { ReparamError } from '../../ir/index.ts';
import { isObject, parseJson } from '../formats/json.ts';
import { TUNING_VERSION, type Trial, type TunedJob, type Tuning } from './tuning.ts';

/** As JSON, keys in order: equal tunings are equal texts. */
export const exportTuning = ({ version, adapters }: Tuning): string =>
  `${JSON.stringify({ version, adapters: sorted(adapters, (jobs) => sorted(jobs)) }, null, 1)}\n`;

const sorted = <T>(all: Readonly<Record<string, T>>, map: (one: T) => unknown = (one) => one) =>
  Object.fromEntries(
    Object.keys(all)
      .toSorted()
      .map((key) => [key, map(all[key]!)]),
  );

/**
 * What `exportTuning` wrote. Throws a `file` error that names `what` and the field for anything else. Whether
 * the choices still hold is seen where they are used.
 */
export function importTuning(text: string, options: { readonly what?: string } = {}): Tuning {
  const { what = 'the tuning' } = options;
  if (typeof text !== 'string') {
    throw new ReparamError('input', 'importTuning takes the text that exportTuning gave');
  }
  try {
    const tuning = readTuning(parseJson(text));
    names.set(tuning, what);
    return tuning;
  } catch (error) {
    const fail = (reason: string) =>
      new ReparamError('file', `${what}: ${reason}`, what, { cause: error });
    if (error instanceof ReparamError) throw fail(error.message);
    if (error instanceof SyntaxError) throw fail(`it is no JSON: ${error.message}`);
    throw error;
  }
}

/** Where imported tunings are from. */
const names = new WeakMap<Tuning, string>();

/** As `importTuning` was told, for messages. */
export const nameOf = (tuning: Tuning): string => names.get(tuning) ?? 'the tuning';

/** A value from elsewhere as a tuning. Throws a `file` error that names the field. */
export function readTuning(value: unknown): Tuning {
  const { version, adapters } = object(value, 'it');
  if (version !== TUNING_VERSION) {
    const given =
      version === undefined ? 'it is no tuning' : `it is of version ${JSON.stringify(version)}`;
    throw wrong(`${given}; this reparam reads tunings of version ${TUNING_VERSION}`);
  }
  return {
    version: TUNING_VERSION,
    adapters: record(adapters, 'adapters', (jobs, at) => record(jobs, at, readJob)),
  };
}

const wrong = (message: string) => new ReparamError('file', message);

function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw wrong(`${where} is not an object`);
}

function record<T>(
  value: unknown,
  where: string,
  read: (item: unknown, where: string) => T,
): Readonly<Record<string, T>> {
  const entries = Object.entries(object(value, where));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, read(item, `${where}[${JSON.stringify(key)}]`)]),
  );
}

function list<T>(value: unknown, where: string, read: (item: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) throw wrong(`${where} is not a list`);
  return value.map((item, i) => read(item, `${where}[${i}]`));
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(`${where} is not a string`);
}

function readJob(value: unknown, where: string): TunedJob {
  const { kernel, label, pipelines, mode, isPartial, untuned, trials } = object(value, where);
  if (mode !== 'quick' && mode !== 'full') throw wrong(`${where}.mode is neither quick nor full`);
  if (isPartial !== undefined && isPartial !== true) throw wrong(`${where}.isPartial is not true`);
  return {
    kernel: text(kernel, `${where}.kernel`),
    label: text(label, `${where}.label`),
    pipelines: list(pipelines, `${where}.pipelines`, text),
    mode,
    ...(isPartial && { isPartial }),
    untuned: text(untuned, `${where}.untuned`),
    trials: list(trials, `${where}.trials`, readTrial),
  };
}

function readTrial(value: unknown, where: string): Trial {
  const { candidate, microseconds, rejected } = object(value, where);
  const named = { candidate: text(candidate, `${where}.candidate`) };
  if (rejected !== undefined) return { ...named, rejected: text(rejected, `${where}.rejected`) };
  if (typeof microseconds === 'number' && microseconds >= 0) return { ...named, microseconds };
  throw wrong(`${where}.microseconds is not a number of at least 0`);
}
