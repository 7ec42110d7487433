import { digits, tableText } from '../bench/figures.mjs';

/** One connection: how much later than a bare commit the median reply may come. */
const ABOVE_COMMIT_MS_MAX = 1;
/** 64 connections: the least share of the bare echo's rate. */
const ECHO_SHARE_MIN = 0.15;

const NAMES = {
  echo: 'echo of the same JSON',
  commit: 'one-row insert and commit',
  predict: 'POST /predict, stored',
};

export function printReport({ machine, durable, checked, acknowledged, stored, figures }) {
  const { cpu, cpus, memoryGiB, node, loadBefore } = machine;
  const rows = figures.map((figure) => [
    figure.connections,
    NAMES[figure.name],
    digits(figure.p50Ms),
    digits(figure.p99Ms),
    figure.rate === undefined ? '' : digits(figure.rate),
    figure.errors ?? '',
    figure.clientCpuShare === undefined ? '' : digits(figure.clientCpuShare),
  ]);
  const header = [
    'connections',
    'what',
    'p50, ms',
    'p99, ms',
    'requests/s',
    'errors',
    'client CPUs',
  ];
  const lines = [
    `${cpu}, ${cpus} CPUs shared by client, server and Postgres, ${memoryGiB} GiB, Node ${node}, load before ${loadBefore}`,
    `${durable}: on; ${checked} answers equal to scikit-learn's; ${acknowledged} acknowledged, ${stored} stored`,
    'client: a loop of our own over one socket (1 connection), autocannon (64)',
    '',
    tableText(header, rows),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** One sentence for each bar that was missed. */
export function missedBars({ figures, wrong }) {
  const find = (name, connections) =>
    figures.find((figure) => figure.name === name && figure.connections === connections);
  const missed = [...wrong];
  const above = find('predict', 1).p50Ms - find('commit', 1).p50Ms;
  if (!(above <= ABOVE_COMMIT_MS_MAX)) {
    missed.push(
      `one connection: p50 is ${digits(above)} ms above the commit's; the bar is ${ABOVE_COMMIT_MS_MAX}`,
    );
  }
  const share = find('predict', 64).rate / find('echo', 64).rate;
  if (!(share >= ECHO_SHARE_MIN)) {
    missed.push(
      `64 connections: ${digits(share)} of the echo's rate; the bar is ${ECHO_SHARE_MIN}`,
    );
  }
  const errors = figures.reduce((sum, figure) => sum + (figure.errors ?? 0), 0);
  if (errors > 0) missed.push(`${errors} requests failed; none may`);
  return missed;
}
