import { vi } from 'vitest';
import { benchCommand } from '../../src/cli/bench.ts';
import { profileOf } from '../../src/http/profiles/choice.ts';
import { importCommand } from '../../src/cli/import.ts';
import { predictCommand } from '../../src/cli/predict.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { showCommand } from '../../src/cli/show.ts';

/** Runs a command line in this process, and returns what a shell would see of it. */
export async function run(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    const commands = [
      importCommand((model) => profileOf(model, null)),
      showCommand(),
      predictCommand(),
      benchCommand(),
    ];
    const code = await runCommandLine(commands, ['node', 'thicket', ...args]);
    return { code, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
