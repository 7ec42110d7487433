/** Nothing can be made of a message; `message` says why, in one sentence for those who read the dead. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError';
}
