#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('thicket: it is not compiled yet; `npm run build` does that.\n');
  process.exitCode = 1;
}
