/** What starts also stops, twice if asked, and even before its start has ended. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Last started, first stopped: nothing loses the ground it stands on. */
export async function stopAll(started: readonly Service[]): Promise<void> {
  for (const service of started.toReversed()) await service.stop();
}
