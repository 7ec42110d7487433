import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `thicket` command in a process of its own, as a person runs it. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.toArray());
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const text = async (parts: typeof stdout): Promise<string> =>
    Buffer.concat((await parts!) as Buffer[]).toString();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}
