/**
 * The bars of a run: ratios within the run, memory, and the few absolute times that a user waits
 * for. A bar that was missed stands in the results as such.
 */
const OURS = 'Thicket';
const BATCH_ROWS = 4_096;
const MB = 1e6;

/** Of the deep forest that this engine exists for. The best peer is the fastest of that run. */
const FULL_ONE_VERSUS_ONNX_MIN = 30;
const FULL_ONE_VERSUS_SKLEARN_MIN = 400;
const FULL_BATCH_VERSUS_BEST_MIN = 10;
const FULL_LOAD_MS_MAX = 500;
const FULL_RESIDENT_BYTES_MAX = 100 * MB;
const FULL_IMPORT_MS_MAX = 5_000;
const FULL_IMPORT_BYTES_MAX = 1_000 * MB;
/** Of every other shape, one row and a batch. */
const OTHERS_VERSUS_BEST_MIN = 5;
/** Of a large batch on two scoring threads against one. */
const TWO_THREADS_MIN = 1.9;
/** Peers that must have run on one shape or another; with fewer, a best peer says little. */
const PEERS_MIN = 5;

/** @returns {{sentence: string, met: boolean}[]} */
export function judgeBars(shapes) {
  return [...shapes.flatMap(barsOf), peersBar(shapes)];
}

function barsOf(shape) {
  const full = shape.name === 'F-full';
  const bars = full
    ? [
        versus(shape, 'one row', oneNs, FULL_ONE_VERSUS_ONNX_MIN, onnx),
        versus(shape, 'one row', oneNs, FULL_ONE_VERSUS_SKLEARN_MIN, sklearn),
        versus(shape, 'a batch', batchNs, FULL_BATCH_VERSUS_BEST_MIN),
        ...absolutesOf(shape),
      ]
    : [
        versus(shape, 'one row', oneNs, OTHERS_VERSUS_BEST_MIN),
        versus(shape, 'a batch', batchNs, OTHERS_VERSUS_BEST_MIN),
      ];
  const { ratio } = shape.threads;
  bars.push(atLeast(`${shape.name}: two threads against one`, ratio, TWO_THREADS_MIN));
  return bars;
}

function versus(shape, what, time, least, isJudge = () => true) {
  const ours = shape.contestants.find(({ name }) => name === OURS);
  const judges = shape.contestants
    .filter((each) => each.name !== OURS && isJudge(each))
    .toSorted((a, b) => time(a) - time(b));
  const [best] = judges;
  const ratio = best === undefined ? Number.NaN : time(best) / time(ours);
  const judge = best === undefined ? 'a peer that did not run' : best.version;
  return atLeast(`${shape.name}: ${what} against ${judge}`, ratio, least);
}

const onnx = ({ name }) => name.startsWith('ONNX Runtime');
const sklearn = ({ name }) => name === 'scikit-learn';

const oneNs = (contestant) => contestant.oneNsP50;

/** Infinite where a peer had no such batch: it cannot be the best one then. */
function batchNs({ batches }) {
  return batches.find(({ rows }) => rows === BATCH_ROWS)?.nsPerRow ?? Number.POSITIVE_INFINITY;
}

function absolutesOf({ name, imported, loaded }) {
  return [
    atMost(`${name}: load to first prediction, ms`, loaded.loadMs, FULL_LOAD_MS_MAX),
    atMost(`${name}: resident MB`, loaded.residentBytes / MB, FULL_RESIDENT_BYTES_MAX / MB),
    atMost(`${name}: import, ms`, imported.importMs, FULL_IMPORT_MS_MAX),
    atMost(`${name}: import, MB at most`, imported.mostBytes / MB, FULL_IMPORT_BYTES_MAX / MB),
  ];
}

function peersBar(shapes) {
  const peers = shapes.flatMap(({ contestants }) => contestants.slice(1).map(({ name }) => name));
  return atLeast('peers that ran', new Set(peers).size, PEERS_MIN);
}

function atLeast(what, value, least) {
  return { sentence: `${what}: ${shown(value)}, at least ${least}`, met: value >= least };
}

function atMost(what, value, most) {
  return { sentence: `${what}: ${shown(value)}, at most ${most}`, met: value <= most };
}

function shown(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
