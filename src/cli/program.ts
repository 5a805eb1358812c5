/** The command `reparam`, without the process around it. */
import { Command } from 'commander';
import {
  describeFailure,
  exitCodes,
  type Answer,
  type Context,
  type ExitCode,
  type Io,
} from './answer.ts';
import { benchCommand } from './commands/bench.ts';
import { convertCommand } from './commands/convert.ts';
import { doctorCommand } from './commands/doctor.ts';
import { inspectCommand } from './commands/inspect.ts';
import { optimizeCommand } from './commands/optimize.ts';
import { runCommand } from './commands/run.ts';
import { tuneCommand } from './commands/tune.ts';
import { verifyCommand } from './commands/verify.ts';
import { zooCommand } from './commands/zoo.ts';
import { packageVersion } from './package.ts';

const commands = [
  optimizeCommand,
  verifyCommand,
  inspectCommand,
  runCommand,
  benchCommand,
  tuneCommand,
  convertCommand,
  zooCommand,
  doctorCommand,
];

const help = `
Exit codes: 0 done; 1 refused, an invalid file or a failed check; 2 wrong usage.

Examples:
  $ reparam optimize model.onnx -o fast.onnx
  $ reparam optimize model.onnx -o fast.onnx --explain --report report.html
  $ reparam run fast.onnx -i picture.jpg --imagenet --labels labels.txt`;

const print = (json: object): string => `${JSON.stringify(json, null, 2)}\n`;

/** Runs the command with its arguments, and gives the exit code. It throws nothing. */
export async function runProgram(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const json = options.includes('--json');
  let exitCode: ExitCode = exitCodes.done;
  const exit = (code: ExitCode): void => {
    if (code !== exitCodes.done) exitCode = code;
  };
  const answer = ({ json: object, text, ok = true, problem }: Answer): void => {
    if (problem !== undefined) io.err(`reparam: ${problem}\n`);
    if (json || text !== '') io.out(json ? print(object) : `${text}\n`);
    if (!ok) exit(exitCodes.failed);
  };
  try {
    await makeProgram({ io, args, answer, exit }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const failure = describeFailure(error);
    if (!failure) return exitCodes.done;
    const { exit: failed, ...details } = failure;
    io.err(`reparam: ${failure.message}\n`);
    if (io.debug && error instanceof Error) io.err(`${error.stack}\n`);
    if (json) io.out(print({ error: details }));
    return failed;
  }
}

function makeProgram(context: Context): Command {
  const { io } = context;
  const program = new Command('reparam')
    .description(
      'Merges the parallel branches of a CNN into plain convolutions that compute the same, ' +
        'and says of every branch that stayed why it did.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', help);
  for (const make of commands) program.addCommand(make(context));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .allowExcessArguments(false)
      // What is wrong is printed where all errors are; without any command, the help is what is wrong.
      .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => {} });
  }
  return program;
}
