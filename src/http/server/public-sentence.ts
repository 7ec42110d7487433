/** An absolute path, or a `file:` address of one; its last part says which file it is. */
const PATH = /(?<![\w./~-])(?:file:\/\/)?\/(?:[^\s/:"'`,;()]+\/)+([^\s/:"'`,;()]*)/g;

const IPV4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;
const GROUPS = String.raw`[\da-f]{1,4}(?::[\da-f]{1,4})*`;
const IPV6 = String.raw`\[?(?:(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|(?:${GROUPS})?::(?:${GROUPS})?)\]?`;
const ADDRESS = new RegExp(String.raw`(?<![\w.:])(?:${IPV4}|${IPV6})(?::\d{1,5})?(?![\w.:])`, 'gi');
const PORT = /(?<=\b(?:localhost|port)[: ])\d{1,5}\b/g;

/** A sentence for strangers: without absolute paths, addresses and ports. The log keeps the whole one. */
export function publicSentence(sentence: string): string {
  return sentence.replace(PATH, '$1').replace(ADDRESS, '(address)').replace(PORT, '(port)');
}

export function publicReason(reason: string | null | undefined): string | null {
  return reason == null ? null : publicSentence(reason);
}
