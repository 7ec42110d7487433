/** A store whose commits the test decides: what it holds back is a request under way. */
export class HeldStore {
  #waiting: ((ids: readonly number[]) => void)[] = [];
  #reached: () => void = () => {};

  write = (): Promise<readonly number[]> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#reached();
    });

  /** Resolves when so many requests wait for their commit. */
  async holding(requests: number): Promise<void> {
    while (this.#waiting.length < requests) {
      await new Promise<void>((resolve) => (this.#reached = resolve));
    }
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  commit(): void {
    for (const [at, resolve] of this.#waiting.splice(0).entries()) resolve([at + 1]);
  }
}
