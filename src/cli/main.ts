#!/usr/bin/env node
import { exitCodes } from './answer.ts';
import { runProgram } from './program.ts';

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`reparam: cannot write the answer: ${error.message}\n`);
  process.exit(exitCodes.failed);
});

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  watched: process.stderr.isTTY,
  debug: Boolean(process.env['REPARAM_DEBUG']),
});
