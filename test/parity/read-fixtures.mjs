/** Reads the fixtures of a library; `sklearn/make/stored.py` writes them and says how they are stored. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every answer of every version in `root`, in the order of modules and names, oldest version first. */
export function readFixtures(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/answers.json'))
    .toSorted()
    .flatMap((path) => readAnswers(root, path));
}

function readAnswers(root, path) {
  const folder = dirname(path);
  const [module, name] = folder.split('/');
  const fixtures = [];
  const whole = {};
  for (const entry of JSON.parse(readFileSync(join(root, path), 'utf8'))) {
    // An entry says only what differs from the entry of the version before.
    Object.assign(whole, entry);
    const version = entry.file.replace(/\.\w+$/, '');
    const title = `${name}-${version}`;
    fixtures.push({ ...whole, module, name, title, file: join(folder, entry.file) });
  }
  return fixtures;
}
