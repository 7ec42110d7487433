/** Counts the line ends of a text that passes in chunks, up to places in it that are asked for in order. */
export class LineEnds {
  readonly #byte: number;
  #offsets: number[] = [];
  /** Line ends that lie before the last place asked for, and those of them that are in the list. */
  #passed = 0;
  #next = 0;
  #length = 0;

  constructor(lineEnd: '\n' | '\r') {
    this.#byte = lineEnd.charCodeAt(0);
  }

  feed(chunk: Buffer): void {
    this.#offsets = this.#offsets.slice(this.#next);
    this.#next = 0;
    const start = this.#length;
    for (let at = chunk.indexOf(this.#byte); at >= 0; at = chunk.indexOf(this.#byte, at + 1)) {
      this.#offsets.push(start + at);
    }
    this.#length += chunk.length;
  }

  /** @param offset In bytes from the start of the text, never smaller than the last one. */
  before(offset: number): number {
    while (this.#next < this.#offsets.length && this.#offsets[this.#next]! < offset) {
      this.#next++;
      this.#passed++;
    }
    return this.#passed;
  }
}
