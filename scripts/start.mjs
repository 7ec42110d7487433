/** `npm start`: the set-up, then `thicket up` in this very process, so that signals reach it. */
import { setUp } from './setup.mjs';

setUp();
process.argv.splice(2, 0, 'up');
await import('../dist/src/main.js');
