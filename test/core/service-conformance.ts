import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import type { Service } from '../../src/core/service.ts';
import { until } from '../support/outcomes.ts';

export interface ServiceUnderTest<Tested extends Service> {
  /** A new one, not started. */
  readonly create: () => Tested;
  /** One whose start fails; absent where no start can. */
  readonly createFailing?: () => Tested;
  /** Throws where a started service does not do its work. */
  readonly expectWorking?: (service: Tested) => Promise<void>;
}

/** Tests of start and stop that every service passes. */
export function testService<Tested extends Service>(
  name: string,
  { create, createFailing, expectWorking }: ServiceUnderTest<Tested>,
): void {
  test(`${name}: starts once, stops once, and leaves nothing open`, () =>
    leavingNothingOpen(async () => {
      const service = create();
      expect(service.start()).toBe(service.start());
      await service.start();
      await expectWorking?.(service);
      expect(service.stop()).toBe(service.stop());
      await service.stop();
      await service.stop();
    }));

  test(`${name}: is stopped before its start, and starts no more`, () =>
    leavingNothingOpen(async () => {
      const service = create();
      await service.stop();
      await service.start();
      await service.stop();
    }));

  test(`${name}: is stopped during its start`, () =>
    leavingNothingOpen(async () => {
      const service = create();
      const started = service.start().then(ended, ended);
      await service.stop();
      await started;
    }));

  test(`${name}: is stopped a turn after its start has begun`, () =>
    leavingNothingOpen(async () => {
      const service = create();
      const started = service.start().then(ended, ended);
      await nextTurn();
      await service.stop();
      await started;
    }));

  if (createFailing === undefined) return;
  test(`${name}: is stopped after a failed start`, () =>
    leavingNothingOpen(async () => {
      const service = createFailing();
      await expect(service.start()).rejects.toThrow();
      await service.stop();
    }));
}

/** A start that was cut short may fail. */
function ended(): void {}

/** Nothing keeps the event loop alive afterwards that did not before. */
async function leavingNothingOpen(work: () => Promise<void>): Promise<void> {
  const before = process.getActiveResourcesInfo();
  await work();
  // A handle that is closed is gone some turns later.
  await until(() => openedSince(before).length === 0).catch(() => {});
  expect(openedSince(before)).toEqual([]);
}

function openedSince(before: readonly string[]): readonly string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((resource) => {
    const at = known.indexOf(resource);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}
