import { expect, test } from 'vitest';

import { LineEnds } from '../../src/table/line-ends.ts';

test.each([1, 2, 3, 7, 64])(
  'line ends before a place are counted, also between chunks of %i bytes',
  (size) => {
    const text = Buffer.from('a\n\nbb\n\n\n\nccc,"d\ne"\n\n');
    const ends = new LineEnds('\n');
    const places = [0, 1, 2, 2, 6, 9, 16, 20, text.length];
    const counted: number[] = [];
    let fed = 0;
    for (const place of places) {
      while (fed < place) {
        ends.feed(text.subarray(fed, fed + size));
        fed += size;
      }
      counted.push(ends.before(place));
    }
    const expected = places.map(
      (place) => text.subarray(0, place).toString().split('\n').length - 1,
    );
    expect(counted).toEqual(expected);
  },
);
