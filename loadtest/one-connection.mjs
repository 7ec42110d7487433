import { once } from 'node:events';
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** One request after another over one socket, each timed from its write to its reply's last byte. */
export async function loopFor({ url, seconds, bodies }) {
  const { hostname, port, host } = new URL(url);
  const requests = bodies.map((body) =>
    Buffer.from(
      `POST /predict HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const replies = repliesOf(socket);
  const latenciesMs = [];
  let errors = 0;
  const end = performance.now() + seconds * 1e3;
  for (let at = 0; performance.now() < end; at++) {
    const start = performance.now();
    const reply = replies.next();
    socket.write(requests[at % requests.length]);
    const { value: status } = await reply;
    if (status === 200) latenciesMs.push(performance.now() - start);
    else errors++;
    if (status === undefined) break; // The server closed the connection.
  }
  socket.destroy();
  return { latenciesMs, errors };
}

/** The status of each reply once all of it is there; every reply must state its length. */
async function* repliesOf(socket) {
  let pending = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) break;
      const head = pending.toString('latin1', 0, headEnd);
      const length = Number(/content-length: (\d+)/i.exec(head)[1]);
      const end = headEnd + HEAD_END.length + length;
      if (pending.length < end) break;
      pending = pending.subarray(end);
      yield Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
    }
  }
}
