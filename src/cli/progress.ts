/** How long a command works before it says how far it is: a short one would only flicker. */
const SILENT_MS = 2_000;
const REDRAW_MS = 200;
const BAR_CELLS = 30;

/** Shows the share of the work that is done, in [0, 1]; `close` wipes the bar. */
export interface Progress {
  advance(done: number): void;
  close(): void;
}

/** A bar on a terminal; nothing where stderr is a file or a pipe. */
export function startProgress(what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { advance: () => undefined, close: () => undefined };
  let nextAt = performance.now() + SILENT_MS;
  let drawn = false;
  return {
    advance(done) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + REDRAW_MS;
      drawn = true;
      const full = Math.round(Math.min(1, done) * BAR_CELLS);
      const bar = '#'.repeat(full).padEnd(BAR_CELLS, '.');
      stream.write(`\r${what} [${bar}] ${Math.floor(Math.min(1, done) * 100)}%`);
    },
    close() {
      if (drawn) stream.write('\r\u001B[K');
      drawn = false;
    },
  };
}
