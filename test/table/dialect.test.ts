import { describe, expect, test } from 'vitest';
import { detectDialect } from '../../src/table/dialect.ts';

const delimiterOf = (text: string, isWhole = true): string =>
  detectDialect(Buffer.from(text), isWhole).delimiter;

describe('the delimiter', () => {
  test.each([
    { name: 'comma', text: 'a,b,c\n1,2,3\n', is: ',' },
    { name: 'semicolon', text: 'a;b;c\n1;2;3\n', is: ';' },
    { name: 'tab', text: 'a\tb\n1\t2\n', is: '\t' },
    { name: 'pipe', text: 'a|b\n1|2\n', is: '|' },
    { name: 'semicolon, with decimal commas', text: 'a;b\n1,5;2,5\n3,5;4,5\n', is: ';' },
    { name: 'semicolon, after a comma in the header', text: 'a, EUR;b;c\n1;2;3\n4;5;6\n', is: ';' },
    { name: 'comma, with semicolons in its texts', text: 'id,tags\n1,a;b\n2,a;b;c\n', is: ',' },
    { name: 'comma, with others in quotes', text: '"a;b;c","d|e"\n"1;2;3",4\n', is: ',' },
    { name: 'semicolon, with short records', text: 'a;b;c\n1;2;3\n1,2\n4;5;6\n', is: ';' },
    { name: 'none: one column', text: 'text\nhello, world\n', is: ',' },
    { name: 'none: one column with a pipe in its name', text: 'a|b\n1\n2\n3\n', is: ',' },
    { name: 'only a header', text: 'a;b', is: ';' },
  ])('$name', ({ text, is }) => {
    expect(delimiterOf(text)).toBe(is);
  });

  test('is not told by a record that the end of the head cuts', () => {
    expect(delimiterOf('a;b,c;d\n1;2,3;4\n1,2,3', false)).toBe(';');
    expect(delimiterOf('a;b\n1;"2\n', false)).toBe(';');
  });

  test('is the one that is named', () => {
    expect(detectDialect(Buffer.from('a,b\n1,2\n'), true, '^').delimiter).toBe('^');
  });
});

test('lines end with a carriage return only where there is no line feed', () => {
  expect(detectDialect(Buffer.from('a,b\r1,2\r'), true).lineEnd).toBe('\r');
  expect(detectDialect(Buffer.from('a,b\r1,2\n'), true).lineEnd).toBe('\n');
  expect(detectDialect(Buffer.from('a,b'), true).lineEnd).toBe('\n');
});
