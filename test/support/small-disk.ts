import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real disk of a few megabytes, which can be filled up and emptied again. */
export class SmallDisk {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Null where this user or container cannot mount one; the reason is printed. */
  static mount(megabytes: number): SmallDisk | null {
    const directory = mkdtempSync(join(tmpdir(), 'thicket-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'thicket', directory], {
        stdio: 'pipe',
      });
    } catch (error) {
      rmSync(directory, { recursive: true });
      process.stderr.write(`no small disk here, so a full one is not tested: ${String(error)}\n`);
      return null;
    }
    chmodSync(directory, 0o755);
    return new SmallDisk(directory);
  }

  /** Takes every byte that is left, and more where more becomes free in between. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.directory);
    writeFileSync(this.#filler, Buffer.alloc(bavail * bsize), { flag: 'a' });
  }

  empty(): void {
    truncateSync(this.#filler, 0);
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.directory]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #filler(): string {
    return join(this.directory, 'filler');
  }
}
