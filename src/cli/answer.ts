/** What every command has in common: where it prints, what it answers, and how it fails. */
import { Command, CommanderError } from 'commander';
import { ReparamError } from '../../ir/index.ts';

/** Where a command prints; `watched` where a person looks at the errors' side while it runs. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly watched: boolean;
  readonly debug: boolean;
}

/** Done; refused, an invalid file or a failed check; wrong usage. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface Answer {
  /** What `--json` prints. */
  readonly json: Readonly<Record<string, unknown>>;
  /** What is printed otherwise. */
  readonly text: string;
  /** False where a check failed; it is reported in full, and the exit code is 1. Default true. */
  readonly ok?: boolean;
  /** What is wrong, for stderr. */
  readonly problem?: string;
}

export interface Context {
  readonly io: Io;
  /** The arguments of the whole command. */
  readonly args: readonly string[];
  readonly answer: (answer: Answer) => void;
  /** Sets the exit code, where another than that of the answer is known. */
  readonly exit: (code: ExitCode) => void;
}

/** A command with the options that all have, its help ended by examples. */
export function makeCommand(name: string, description: string, examples: readonly string[]) {
  const lines = examples.map((example) => `  $ reparam ${example}`);
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON object on stdout, errors too')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** An error about how the command was called. */
export const usageError = (message: string): CommanderError =>
  new CommanderError(exitCodes.usage, 'reparam.usage', message);

export interface Failure {
  readonly exit: ExitCode;
  readonly code: string;
  readonly message: string;
  /** The file, node or option that it is about. */
  readonly subject?: string;
}

const isHelp = ({ code }: CommanderError): boolean => code === 'commander.help';

/** What there is to say of an error; nothing where it only ends the help. */
export function describeFailure(error: unknown): Failure | null {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return null;
    // Without a command, the help is the message, and commander has printed it.
    const message = isHelp(error) ? 'give a command' : error.message.replace(/^error: /, '');
    return { exit: exitCodes.usage, code: 'usage', message };
  }
  if (error instanceof ReparamError) {
    const { code, message, subject } = error;
    return { exit: exitCodes.failed, code, message, ...(subject !== undefined && { subject }) };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = isOutOfMemory(error)
    ? `there is not enough memory: ${reason}`
    : `an internal error, please report it: ${reason} (REPARAM_DEBUG=1 shows where)`;
  return { exit: exitCodes.failed, code: 'internal', message };
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError &&
  /allocation failed|invalid (typed )?array.* length/i.test(error.message);
