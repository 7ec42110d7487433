import { isatty } from 'node:tty';

import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

const STDERR = 2;

/**
 * Log lines go to stderr: one JSON object a line, or one readable line on a terminal. Names that may
 * hold a secret are cut out wherever they stand in the first two levels of an object.
 */
export function createLog(level: string): Log {
  const options = {
    level,
    base: null,
    formatters: { level: (name: string) => ({ level: name }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', '*.password', 'databaseUrl', '*.databaseUrl', 'url', '*.url'],
  };
  return isatty(STDERR)
    ? pino(options, readableLines())
    : pino(options, pino.destination({ dest: STDERR, sync: true }));
}

function readableLines(): DestinationStream {
  // A terminal that was closed takes no more lines. Its end is a request to stop, and not an error.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EIO') throw error;
  });
  return {
    write(line: string): void {
      const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const clock = String(time).slice(11, 23);
      const details = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
      process.stderr.write(`${clock} ${String(level)} ${String(msg)}${details}\n`);
    },
  };
}
