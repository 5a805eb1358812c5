/** What went wrong, as one line to compare. */
import { ReparamError, verify, type Graph } from '../../ir/index.ts';

/** `code of subject: message` of the error that is thrown; any other kind of error passes through. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    return `${error.code} of ${error.subject}: ${error.message}`;
  }
  throw new Error('there was no error');
}

/** The error of a graph that must not pass the verifier. */
export const verifyError = (graph: Graph): string => errorOf(() => verify(graph));
