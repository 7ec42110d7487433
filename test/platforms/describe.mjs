/** Prints what this process runs on, and the uWebSockets.js that it takes there. */
import { loadUws } from '../../dist/src/http/server/uws-binary.js';

const { version, sha256 } = loadUws(null);
const { glibcVersionRuntime } = process.report.getReport().header;
const described = { node: process.versions.node, glibc: glibcVersionRuntime };
process.stdout.write(JSON.stringify({ ...described, uWebSockets: { version, sha256 } }));
