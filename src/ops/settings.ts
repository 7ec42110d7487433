import { ThicketError } from '../core/errors.ts';

/** The environment as it came: `process.env`, with what a `.env` file adds below it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one setting under its names, the first that is set; an empty value counts as not set. */
export class Settings {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(...names: readonly string[]): string | null {
    for (const name of names) {
      const value = this.#environment[name];
      if (value !== undefined && value.trim() !== '') return value.trim();
    }
    return null;
  }

  /** A whole number within both bounds; anything else stops the start. */
  whole(name: string, bounds: { least: number; most: number; otherwise: number }): number {
    const value = this.text(name);
    if (value === null) return bounds.otherwise;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < bounds.least || number > bounds.most) {
      throw new ThicketError(
        'CONFIG_INVALID',
        `${name} must be a whole number from ${bounds.least} to ${bounds.most}, not ${JSON.stringify(value)}`,
      );
    }
    return number;
  }

  oneOf<const Choice extends string>(
    name: string,
    choices: readonly Choice[],
    otherwise: Choice,
  ): Choice {
    const value = this.text(name);
    if (value === null) return otherwise;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) {
      throw new ThicketError(
        'CONFIG_INVALID',
        `${name} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`,
      );
    }
    return choice;
  }

  /** Every name that starts with `prefix` must be known: a mistyped setting is not ignored. */
  refuseUnknown(prefix: string, known: ReadonlySet<string>): void {
    for (const name of Object.keys(this.#environment)) {
      if (!name.startsWith(prefix) || known.has(name)) continue;
      throw new ThicketError(
        'CONFIG_INVALID',
        `${name} is not a setting of Thicket; .env.example lists them all`,
      );
    }
  }
}
