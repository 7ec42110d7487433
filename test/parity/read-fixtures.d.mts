/** The part that fixtures of all libraries share. Each library adds its answers in its own words. */
export interface StoredFixture {
  /** The module of the maker that wrote it: the first folder below the root. */
  readonly module: string;
  readonly name: string;
  /** `name-version`: unique among all fixtures of a library. */
  readonly title: string;
  /** The model file, relative to the root. */
  readonly file: string;
}

export function readFixtures(root: string): StoredFixture[];
