/**
 * In a process of its own: a source file into a package, and what that took.
 *
 * node import-ours.mjs SOURCE PACKAGE NAME
 */
import { memoryBytes } from './memory.mjs';

const [source, packagePath, name] = process.argv.slice(2);
const { loadModel } = await import('../dist/src/import/load-model.js');
const { writePackage } = await import('../dist/src/model/package/package.js');

const start = performance.now();
const model = await loadModel(source, { name, target: 'profit_margin' });
await writePackage(packagePath, model);
const result = { importMs: performance.now() - start, mostBytes: memoryBytes().most };
process.stdout.write(`${JSON.stringify(result)}\n`);
