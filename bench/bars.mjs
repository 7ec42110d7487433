/** What `--assert` holds a run to: ratios within the run, and memory; absolute times are not asserted. */
const ONE_ROW_SHARE_MAX = 1 / 3;
const BATCH_SHARE_MAX = 1 / 2;
/** Resident memory with F-full loaded, above what Node takes by itself. */
const RESIDENT_BYTES_MAX = 200 * 1024 * 1024;
const JUDGED = 'F-full';
const JUDGE = 'ONNX Runtime';

/** One sentence for each bar that was missed. */
export function missedBars(shapes) {
  const shape = shapes.find(({ name }) => name === JUDGED);
  if (shape === undefined) return [`${JUDGED} was not run, and the bars are about it`];
  const [ours, peer] = ['Thicket', JUDGE].map((name) =>
    shape.contestants.find((each) => each.name === name),
  );
  const one = ours.oneNsP50 / peer.oneNsP50;
  const batch = ours.batchNsPerRow / peer.batchNsPerRow;
  const missed = [];
  if (!(one <= ONE_ROW_SHARE_MAX)) missed.push(sentence('one row', one, ONE_ROW_SHARE_MAX));
  if (!(batch <= BATCH_SHARE_MAX)) missed.push(sentence('a batch', batch, BATCH_SHARE_MAX));
  const { residentBytes } = shape.loaded;
  if (!(residentBytes <= RESIDENT_BYTES_MAX)) {
    const [mib, most] = [residentBytes, RESIDENT_BYTES_MAX].map((bytes) =>
      Math.round(bytes / 2 ** 20),
    );
    missed.push(`${JUDGED}: ${mib} MiB resident above Node's own; the bar is ${most}`);
  }
  return missed;
}

function sentence(what, share, most) {
  return `${JUDGED}: ${what} takes ${share.toFixed(3)} of ${JUDGE}'s time; the bar is ${most.toFixed(3)}`;
}
