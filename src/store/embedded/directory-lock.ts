import { mkdirSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';

import { ThicketError } from '../../core/errors.ts';

/**
 * One process in a data directory. The lock is a listening socket in Linux' abstract namespace, named by
 * the directory's device and inode: the kernel lets it go with the process, however that one ends, and
 * no stale file is ever left to be judged. It is seen within one network namespace (one container).
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  mkdirSync(directory, { recursive: true });
  const { dev, ino } = statSync(directory);
  const path = `\0thicket:${dev}:${ino}`;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(String(process.pid));
  });
  const free = await listening(server, path);
  if (!free) {
    throw new ThicketError(
      'CONFIG_INVALID',
      `another Thicket (process ${await ownerOf(path)}) already uses ${directory}: stop it, or set THICKET_DATA_DIR`,
    );
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listening(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path }, () => resolve(true));
  });
}

function ownerOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path }).setEncoding('utf8');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(answer === '' ? 'unknown' : answer));
  });
}
