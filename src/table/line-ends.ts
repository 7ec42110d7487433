/**
 * Counts the line ends of a text that passes in chunks, up to places in it that are asked for in order. It keeps
 * the chunks of which nothing was asked yet, and no list: a text of nothing but line ends would have millions.
 */
export class LineEnds {
  readonly #byte: number;
  #chunks: Buffer[] = [];
  /** The place of the first of these chunks in the text. */
  #start = 0;
  /** Where its next line end is, seen from its start; -1 where it has no other. */
  #next = -1;
  /** Line ends that lie before the last place asked for. */
  #passed = 0;

  constructor(lineEnd: '\n' | '\r') {
    this.#byte = lineEnd.charCodeAt(0);
  }

  feed(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#chunks.length === 1) this.#next = chunk.indexOf(this.#byte);
  }

  /** @param offset In bytes from the start of the text, never smaller than the last one. */
  before(offset: number): number {
    for (;;) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) return this.#passed;
      while (this.#next >= 0 && this.#start + this.#next < offset) {
        this.#passed++;
        this.#next = chunk.indexOf(this.#byte, this.#next + 1);
      }
      if (offset < this.#start + chunk.length) return this.#passed;
      this.#start += chunk.length;
      this.#chunks.shift();
      this.#next = this.#chunks[0]?.indexOf(this.#byte) ?? -1;
    }
  }
}
