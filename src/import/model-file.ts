import { open, stat } from 'node:fs/promises';
import { type MlflowModel, modelOfFolder } from './mlflow.ts';
import { refuse } from '../model/refuse.ts';

/** One read takes 2 GiB at most, so a large file comes in pieces. */
const READ_BYTES = 256 * 1024 * 1024;

/** The file that holds the model: of a folder, the one that MLflow's description names, with its signature. */
export async function modelFile(path: string): Promise<MlflowModel> {
  try {
    const found = await stat(path);
    const model = found.isDirectory() ? await modelOfFolder(path) : { file: path, signature: null };
    const { file } = model;
    // A pipe would be waited for without end.
    if (!(await stat(file)).isFile()) refuse(`${file} is not a file`);
    return model;
  } catch (error) {
    return refuseUnreadable(error, path);
  }
}

export async function readModelFile(path: string, bytesMax: number): Promise<Buffer> {
  const handle = await open(path).catch((error: unknown) => refuseUnreadable(error, path));
  try {
    const { size } = await handle.stat();
    if (size === 0) refuse('The file is empty');
    if (size > bytesMax)
      refuse(`The file has ${size} bytes, and ${bytesMax} are the most that is read`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, Math.min(READ_BYTES, size - length));
      if (bytesRead === 0) refuse('The file became shorter while it was read');
      length += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

function refuseUnreadable(error: unknown, path: string): never {
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ENOENT') refuse(`There is no file ${path}`);
    if (error.code === 'EACCES') refuse(`The file ${path} may not be read`);
  }
  throw error;
}
