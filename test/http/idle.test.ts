import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { loadUws } from '../../src/http/server/uws-binary.ts';
import { startService } from '../support/http-service.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });

/** 20.57 closes an idle connection after 30 s unless it is told; the time itself is the fact here. */
const IDLE_MS = 45_000;

test.runIf(loadUws(null).version === '20.57.0')(
  'a connection that was idle for 45 s serves its next request',
  async () => {
    const service = await startService();
    const socket = await RawSocket.open(service.port);
    await socket.send(postText('/predict', ROW));
    await socket.until((received) => received.includes('y_pred'));
    await delay(IDLE_MS);
    await socket.send(postText('/predict', ROW));
    const received = await socket.until((text) => text.split('200 OK').length === 3);
    expect(received.split('200 OK')).toHaveLength(3);
    await service.stop();
  },
);
