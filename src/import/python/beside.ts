import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadBeside } from './pickle/joblib.ts';
import { refuse } from '../../model/refuse.ts';
import { unpack } from '../unpack/unpack.ts';

/** A name without a way to another folder: nothing else is looked up on a stranger's word. */
const PLAIN_NAME = /^[^/\\\0]{1,255}$/;

/** Reads files of one folder by their plain names, each once, all together within `bytesMax`. */
export function filesBeside(folder: string, bytesMax: number): ReadBeside {
  const read = new Map<string, Buffer>();
  let left = bytesMax;
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const shown = JSON.stringify(name.slice(0, 255));
    if (!PLAIN_NAME.test(name) || name === '.' || name === '..') {
      refuse(`The file keeps an array in ${shown}, which is not the name of a file beside it`);
    }
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) {
      refuse(
        `The file keeps an array in ${shown}, which is not beside it: put it there, or save the ` +
          'model again with a newer joblib, which keeps everything in one file',
      );
    }
    if (found.size > left) refuse(`The files beside it have more than ${bytesMax} bytes`);
    const bytes = unpack(readFileSync(path), left);
    left -= bytes.length;
    read.set(name, bytes);
    return bytes;
  };
}
