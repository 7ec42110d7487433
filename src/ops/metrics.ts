import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

import { Histogram, type Series } from './histogram.ts';

/** 10 us is a bare reply, 10 s is a caller who has long given up. */
const SECONDS_BUCKETS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10,
];
/** Powers of four from one row to the largest batch that is worth a bucket of its own. */
const ROWS_BUCKETS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/** Where a batch was scored: on the event loop, or by a thread of the pool. */
export type ScoringPlace = 'inline' | 'pool';

/** A number of rows of one model. */
export interface ModelRows {
  readonly model: string;
  readonly rows: number;
}

/** Called after each scored batch. */
export type BatchObserver = (place: ScoringPlace, rows: number, seconds: number) => void;

/**
 * Everything the process counts. Labels are bounded: routes are the server's own (one label value
 * stands for all unknown paths), codes are HTTP's, models are those that the operator named, and nothing is
 * labelled by a client's values.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #httpSeconds: Histogram;
  readonly #requests = new Map<string, Map<string | null, Map<number, Series>>>();
  readonly #scoringSeconds: Histogram;
  readonly #batchRows: Histogram;
  readonly #batchObservers = new Map<string, BatchObserver>();
  readonly #commitSeconds: Series;
  readonly #commitRows: Series;
  readonly #rowsStored: Counter<'model'>;
  readonly #rowsFailed: Counter<'model' | 'why'>;
  /** By model; read at each scrape, because every request changes it twice. */
  readonly #rowsWaiting = new Map<string, number>();

  constructor() {
    const { registry } = this;
    const registers = [registry];
    collectDefaultMetrics({ register: registry });
    this.#httpSeconds = new Histogram({
      name: 'thicket_http_request_seconds',
      help: 'From the request line to the reply handed to the socket.',
      buckets: SECONDS_BUCKETS,
      registry,
    });
    this.#scoringSeconds = new Histogram({
      name: 'thicket_scoring_seconds',
      help: 'Scoring of one batch, a wait for a free thread included.',
      buckets: SECONDS_BUCKETS,
      registry,
    });
    this.#batchRows = new Histogram({
      name: 'thicket_batch_rows',
      help: 'Rows scored in one batch.',
      buckets: ROWS_BUCKETS,
      registry,
    });
    const commitSeconds = new Histogram({
      name: 'thicket_commit_seconds',
      help: 'From sending a group of outcomes to its commit.',
      buckets: SECONDS_BUCKETS,
      registry,
    });
    this.#commitSeconds = commitSeconds.series({});
    const commitRows = new Histogram({
      name: 'thicket_commit_rows',
      help: 'Outcomes in one commit.',
      buckets: ROWS_BUCKETS,
      registry,
    });
    this.#commitRows = commitRows.series({});
    this.#rowsStored = new Counter({
      name: 'thicket_outcome_rows_stored_total',
      help: 'Outcomes committed.',
      labelNames: ['model'],
      registers,
    });
    this.#rowsFailed = new Counter({
      name: 'thicket_outcome_rows_failed_total',
      help: 'Outcomes admitted and not stored.',
      labelNames: ['model', 'why'],
      registers,
    });
    this.addModelGauge(
      'thicket_outcome_rows_waiting',
      'Outcomes admitted and not yet committed.',
      () => this.#rowsWaiting,
    );
  }

  /** `model` is the one that the route asked; null where it asks none, or the one it asked is not there. */
  observeRequest(route: string, model: string | null, code: number, seconds: number): void {
    let models = this.#requests.get(route);
    if (models === undefined) this.#requests.set(route, (models = new Map()));
    let codes = models.get(model);
    if (codes === undefined) models.set(model, (codes = new Map()));
    let series = codes.get(code);
    if (series === undefined) {
      const labels = { route, code: String(code), ...(model !== null && { model }) };
      codes.set(code, (series = this.#httpSeconds.series(labels)));
    }
    series.observe(seconds);
  }

  /** Counts batches of the live model of this name, whichever version of it is live. */
  batchObserver(model: string): BatchObserver {
    let observer = this.#batchObservers.get(model);
    if (observer === undefined) {
      const series = (histogram: Histogram): Record<ScoringPlace, Series> => ({
        inline: histogram.series({ place: 'inline', model }),
        pool: histogram.series({ place: 'pool', model }),
      });
      const [batchRows, seconds] = [series(this.#batchRows), series(this.#scoringSeconds)];
      observer = (place, rows, took) => {
        batchRows[place].observe(rows);
        seconds[place].observe(took);
      };
      this.#batchObservers.set(model, observer);
    }
    return observer;
  }

  /** One commit of outcomes: its rows, and how long the store took. */
  committed(byModel: readonly ModelRows[], seconds: number): void {
    let all = 0;
    for (const { model, rows } of byModel) {
      this.#rowsStored.inc({ model }, rows);
      all += rows;
    }
    this.#commitRows.observe(all);
    this.#commitSeconds.observe(seconds);
  }

  failed(byModel: readonly ModelRows[], why: 'refused' | 'late' | 'lost'): void {
    for (const { model, rows } of byModel) this.#rowsFailed.inc({ model, why }, rows);
  }

  /** Outcomes that were admitted (1), or are settled (-1). */
  waiting(byModel: readonly ModelRows[], change: 1 | -1): void {
    for (const { model, rows } of byModel) {
      this.#rowsWaiting.set(model, (this.#rowsWaiting.get(model) ?? 0) + change * rows);
    }
  }

  /** A figure with another owner; `read` is called at each scrape. */
  addGauge(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({ name, help, registers: [this.registry], collect: () => refresh() });
    const refresh = (): void => gauge.set(read());
  }

  /** The same for a figure of each model, by its name. */
  addModelGauge(name: string, help: string, read: () => ReadonlyMap<string, number>): void {
    const labelNames = ['model'];
    const options = { name, help, labelNames, registers: [this.registry] };
    const gauge = new Gauge({ ...options, collect: () => refresh() });
    const refresh = (): void => {
      gauge.reset(); // A model that is no longer live has no figure.
      for (const [model, value] of read()) gauge.set({ model }, value);
    };
  }

  /** Prometheus text, and the content type that goes with it. */
  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }
}
