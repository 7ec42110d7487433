import { setImmediate } from 'node:timers/promises';

import { Command, CommanderError } from 'commander';
import { ThicketError } from '../core/errors.ts';
import { packageVersion } from '../core/package-root.ts';

/** Exit codes of every command. */
export const EXIT_CODE = { done: 0, failed: 1, calledWrongly: 2 } as const;

/** Lines of a bug's stack: enough to find it, few enough to be copied into a report. */
const STACK_LINES_MAX = 20;

/**
 * Runs one command line (`argv` as the process has it) and resolves with its exit code. Results went to
 * stdout; what went wrong is one sentence on stderr.
 */
export async function runCommandLine(
  commands: readonly Command[],
  argv: readonly string[],
): Promise<number> {
  const program = createProgram(commands);
  const output = watchOutput();
  try {
    await program.parseAsync([...argv]);
    await output.written();
    return EXIT_CODE.done;
  } catch (error) {
    return reportFailure(error);
  } finally {
    await output.over();
  }
}

/** Of a failure of stderr nobody is left who could be told. */
function ignore(): void {}

/** A full disk or a closed pipe behind stdout is an event, which would end the process with a stack. */
function watchOutput(): { written: () => Promise<void>; over: () => Promise<void> } {
  let failure: Error | null = null;
  const keep = (error: Error): void => void (failure ??= error);
  process.stdout.on('error', keep);
  process.stderr.on('error', ignore);
  return {
    async written() {
      await setImmediate(); // Files and pipes are written at once, and say so in the next turn.
      if (failure !== null) throw failure;
    },
    async over() {
      await setImmediate(); // Words just written to stderr may fail, too.
      process.stdout.off('error', keep);
      process.stderr.off('error', ignore);
    },
  };
}

function createProgram(commands: readonly Command[]): Command {
  const program = new Command('thicket')
    .description('Serves tree-ensemble models with the numbers of the library that trained them.')
    // `import --version V` is the model's version, so the program's own options come first.
    .enablePositionalOptions()
    .version(packageVersion(), '-V, --version', 'print the version of Thicket')
    .showHelpAfterError('(--help says how it is called)');
  for (const command of commands) program.addCommand(command);
  throwInsteadOfExit(program);
  return program;
}

/** Commander would end the process itself, before what was printed has left it. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) {
    each.copyInheritedSettings(command);
    throwInsteadOfExit(each);
  }
}

function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed the help, the version, or what is wrong with the call.
    return error.exitCode === 0 ? EXIT_CODE.done : EXIT_CODE.calledWrongly;
  }
  if (isClosedPipe(error)) return EXIT_CODE.failed;
  if (error instanceof ThicketError || isSystemError(error)) {
    process.stderr.write(`thicket: ${error.message}\n`);
  } else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = stack.split('\n').slice(0, STACK_LINES_MAX).join('\n');
    process.stderr.write(`thicket: this is a bug: ${lines}\n`);
  }
  return EXIT_CODE.failed;
}

/** A full disk or a missing folder is no bug, and its message names the path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The reader of our output has closed it (`| head`): that is no failure. */
function isClosedPipe(error: unknown): boolean {
  return isSystemError(error) && error.code === 'EPIPE';
}
