import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** Counts of one set of labels. Observing allocates nothing and takes some 20 ns. */
export class Series {
  readonly #bounds: readonly number[];
  /** Per bucket, not cumulative; the last is for what is beyond every bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
  }

  /** The lines of the exposition: cumulative buckets, sum and count. */
  lines(name: string, labels: Labels) {
    let count = 0;
    const buckets = Array.from(this.#counts, (rows, at) => ({
      metricName: `${name}_bucket`,
      labels: { le: this.#bounds[at] ?? '+Inf', ...labels },
      value: (count += rows),
    }));
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

/**
 * A histogram for the hot path, registered among prom-client's metrics. prom-client's own hashes its
 * labels and finds its buckets by text at every observation: microseconds of each request.
 */
export class Histogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #buckets: readonly number[];
  readonly #series: { readonly labels: Labels; readonly series: Series }[] = [];

  constructor({ name, help, buckets, registry }: HistogramOptions) {
    this.name = name;
    this.help = help;
    this.#buckets = buckets;
    // The registry asks a metric for its name and its lines, and nothing else.
    registry.registerMetric(this as unknown as Metric);
  }

  /** Counts under new labels; ask once for each set of them. */
  series(labels: Labels): Series {
    const series = new Series(this.#buckets);
    this.#series.push({ labels, series });
    return series;
  }

  /** prom-client calls this at a scrape. */
  get() {
    const { name, help, type, aggregator } = this;
    const values = this.#series.flatMap(({ labels, series }) => series.lines(name, labels));
    return Promise.resolve({ name, help, type, aggregator, values });
  }
}
