import autocannon from 'autocannon';

/** autocannon over many connections; its own latency figures are whole milliseconds, these are not. */
export async function cannonFor({ url, seconds, connections, bodies }) {
  const latenciesMs = [];
  const requests = bodies.map((body) => ({ method: 'POST', path: '/predict', body }));
  const cannon = autocannon({
    url,
    connections,
    duration: seconds,
    headers: { 'content-type': 'application/json' },
    requests,
  });
  cannon.on('response', (_client, status, _bytes, milliseconds) => {
    if (status === 200) latenciesMs.push(milliseconds);
  });
  const { errors, timeouts, non2xx, mismatches } = await cannon;
  return { latenciesMs, errors: errors + timeouts + non2xx + mismatches };
}
