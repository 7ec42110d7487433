/** The floor: JSON in, the same JSON out, and nothing between. Prints its address when it listens. */
import { loadUws } from '../dist/src/http/server/uws-binary.js';

const { uws } = loadUws(null);
const app = uws.App().post('/predict', (res) => {
  const chunks = [];
  res.onAborted(() => {});
  res.onData((chunk, isLast) => {
    chunks.push(Buffer.from(chunk.slice(0))); // The memory is uWebSockets' again after this call.
    if (!isLast) return;
    const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
    res.cork(() => res.writeHeader('Content-Type', 'application/json').end(body));
  });
});

app.listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
  if (!socket) throw new Error('no port is free');
  process.stdout.write(`listening on http://127.0.0.1:${uws.us_socket_local_port(socket)}\n`);
});
