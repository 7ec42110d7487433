/** The items of `source`; each is asked for before the one in front of it is handed out. */
export async function* readAhead<Item>(
  source: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  let next = items.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done === true) return;
      next = items.next();
      next.catch(() => {}); // The await above throws it, if the reader comes that far.
      yield item.value;
    }
  } finally {
    await items.return?.();
  }
}
