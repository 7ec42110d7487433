import type { Service } from '../../core/service.ts';
import type { BegunJob } from '../job-rows.ts';
import type { Message } from '../message.ts';

/**
 * A message that the broker has handed over and still remembers. Exactly one of its calls settles it;
 * without any, the broker hands it over again once this process is gone. A call for a connection that has
 * been lost meanwhile does nothing, for the same reason.
 */
export interface Delivery extends Message {
  /** The job as the broker has begun it by handing it over; null where the worker has to do that. */
  readonly begun: BegunJob | null;
  /** The job is settled in its row: the broker may forget the message. */
  settle(): void;
  /** The job could not even be looked up: the broker hands the message over again. */
  giveBack(): void;
  /** Nothing can be made of it: the queue of the dead takes it, with the reason. */
  bury(reason: string): void;
}

export interface BrokerStatus {
  readonly connected: boolean;
  /** Why not; empty while connected. */
  readonly reason: string;
}

/** Takes all that has arrived since the last call, at least one; it must not throw. */
export type TakeDeliveries = (deliveries: readonly Delivery[]) => void;

/**
 * Brings messages from those who submit jobs to those who work, at least once. It may be away at the start
 * and at any time later; `status` says so, and it works again by itself when it is back.
 */
export interface Broker extends Service {
  readonly kind: 'postgres' | 'rabbitmq';
  status(): BrokerStatus;
  /**
   * Resolves once the broker keeps all of the messages whatever happens to it.
   * @throws Where the broker is away; some of them may be kept all the same.
   */
  publish(messages: readonly Message[]): Promise<void>;
  /**
   * Hands messages over from now on, at most `unsettledMax` of them unsettled at a time.
   * @returns Ends it: afterwards nothing is handed over, and what is unsettled can still be settled.
   */
  consume(take: TakeDeliveries, unsettledMax: number): () => Promise<void>;
}
