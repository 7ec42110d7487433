import { expect, test } from 'vitest';

import { Service, stopAll } from '../../src/core/service.ts';
import { testService } from './service-conformance.ts';

/** Writes down what happens to it; its start ends when the test says so, or with the stop. */
class Recorded extends Service {
  readonly events: string[];
  readonly #fails: boolean;
  #release: () => void = () => {};

  constructor(events: string[] = [], { fails = false } = {}) {
    super();
    this.events = events;
    this.#fails = fails;
  }

  get asked(): boolean {
    return this.stopping;
  }

  release(): void {
    this.#release();
  }

  protected override async onStart(): Promise<void> {
    this.events.push('starts');
    await new Promise<void>((resolve) => {
      this.#release = resolve;
      this.stopSignal.addEventListener('abort', () => resolve());
    });
    this.events.push('started');
    if (this.#fails) throw new Error('it does not start');
  }

  protected override onStop(): Promise<void> {
    this.events.push('stops');
    return Promise.resolve();
  }
}

/** One without a start of its own. */
class Plain extends Service {
  stops = 0;
  protected override onStop(): Promise<void> {
    this.stops++;
    return Promise.resolve();
  }
}

testService('a service without a start of its own', { create: () => new Plain() });

test('a stop during the start is heard by the start, and comes after it', async () => {
  const service = new Recorded();
  const started = service.start();
  expect(service.asked).toBe(false);
  const stopped = service.stop();
  expect(service.asked).toBe(true);
  await Promise.all([started, stopped]);
  expect(service.events).toEqual(['starts', 'started', 'stops']);
});

test('a start that fails rejects its caller alone; the stop cleans up', async () => {
  const service = new Recorded([], { fails: true });
  const started = service.start();
  service.release();
  await expect(started).rejects.toThrow('it does not start');
  await expect(service.start()).rejects.toThrow('it does not start');
  await service.stop();
  expect(service.events).toEqual(['starts', 'started', 'stops']);
});

test('a stop before the start runs once, and no start comes after it', async () => {
  const service = new Recorded();
  await service.stop();
  await service.start();
  await service.stop();
  expect(service.events).toEqual(['stops']);
});

test('what is to end at once when a stop is asked for does: nothing is awaited before', () => {
  const service = new Plain();
  void service.stop();
  expect(service.stops).toBe(1);
});

test('services are stopped in the opposite order of their start', async () => {
  const events: string[] = [];
  const named = (name: string): Service =>
    new (class extends Service {
      protected override onStop(): Promise<void> {
        events.push(name);
        return Promise.resolve();
      }
    })();
  await stopAll([named('first'), named('second'), named('third')]);
  expect(events).toEqual(['third', 'second', 'first']);
});
