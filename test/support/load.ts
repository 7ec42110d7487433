import { Agent, request } from 'node:http';

/** One prediction that the server acknowledged. */
export interface Acknowledged {
  readonly id: number;
  readonly value: number;
}

export interface LoadResult {
  readonly acknowledged: Acknowledged[];
  /** Replies that promised nothing: a status other than 200, or a connection that was cut. */
  readonly refused: number;
  readonly statuses: ReadonlyMap<number | string, number>;
}

/**
 * Posts bodies to `/predict` over `connections` kept-alive connections until `requests` were sent or
 * `until` says so. Each body is made from the request's number.
 */
export async function load(options: {
  readonly url: string;
  readonly requests: number;
  readonly connections: number;
  readonly body: (request: number) => string;
  readonly until?: () => boolean;
  readonly onReply?: (count: number) => void;
}): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const acknowledged: Acknowledged[] = [];
  const statuses = new Map<number | string, number>();
  let sent = 0;
  let refused = 0;
  let replies = 0;

  const client = async (): Promise<void> => {
    while (sent < options.requests && options.until?.() !== true) {
      const { status, text } = await post(agent, options.url, options.body(sent++));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) {
        const reply = JSON.parse(text) as { prediction_id: number; y_pred: number };
        acknowledged.push({ id: reply.prediction_id, value: reply.y_pred });
      } else refused++;
      options.onReply?.(++replies);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, client));
  agent.destroy();
  return { acknowledged, refused, statuses };
}

async function post(
  agent: Agent,
  url: string,
  body: string,
): Promise<{ status: number | string; text: string }> {
  return new Promise((resolve) => {
    const call = request(
      `${url}/predict`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (part: string) => (text += part));
        reply.on('end', () => resolve({ status: reply.statusCode!, text }));
        reply.on('error', (error) => resolve({ status: codeOf(error), text: '' }));
      },
    );
    call.on('error', (error) => resolve({ status: codeOf(error), text: '' }));
    call.end(body);
  });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
