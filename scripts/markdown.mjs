/** Markdown for the generated parts of documents. */

/** @param {readonly string[]} header @param {readonly (readonly string[])[]} rows */
export function table(header, rows) {
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function machineText({ cpu, cpus, node, loadBefore }) {
  return `${cpu}, ${cpus} CPUs, Node ${node}, load ${loadBefore} before the run`;
}

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}
