/** Errors point at the line of the model that is at fault, not at the layers' insides. */
import { ReparamError } from '../../ir/index.ts';

/** Errors whose stack starts where it should. */
const located = new WeakSet<ReparamError>();

type Entry = (...args: never[]) => unknown;

/** Lets the stack of an error start where `entry`, which is running, was called. */
export function startStack(error: ReparamError, entry: Entry): ReparamError {
  // Only V8 has this function.
  (Error as Partial<ErrorConstructor>).captureStackTrace?.(error, entry);
  return error;
}

/**
 * Runs `body`; the stack of an error starts where `entry`, a public function, was called. The innermost
 * such function wins: it is the one called by the line at fault.
 */
export function fromCaller<T>(entry: Entry, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof ReparamError && !located.has(error)) {
      located.add(startStack(error, entry));
    }
    throw error;
  }
}

/** Runs a function that is not ours: the stack of what it throws already starts there. */
export function inUserCode<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof ReparamError) located.add(error);
    throw error;
  }
}
