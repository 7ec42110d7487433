import { ThicketError } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import type { Scoring } from './scoring.ts';

/** A model that answers, and the way it was found. */
export interface ServedModel {
  readonly scoring: Scoring;
  /** As the operator named it, without secrets. */
  readonly uri: string;
  /** Why it is not the one that was asked for first; null when it is. */
  readonly fallbackReason: string | null;
}

/** One line of the list of models. Everything but the name is null while the model is not live. */
export interface ListedModel {
  readonly name: string;
  readonly version: string | null;
  readonly target: string | null;
  readonly task: 'regression' | 'classification' | null;
  /** SHA-256 of the package, or of another library's file, that the model was loaded from; in hex. */
  readonly digest: string | null;
  readonly uri: string | null;
  readonly fallbackReason: string | null;
  /** Why the model is not live; null when it is. */
  readonly reason: string | null;
}

/**
 * The models that this process serves, by name, in the order in which the operator named them. A model
 * that is replaced takes no new calls from then on, and is freed when its last call has ended.
 */
export class LiveModels extends Service {
  readonly #models: Map<string, ServedModel | null>;
  /** Models that are no longer found and still have calls to finish. */
  readonly #retiring = new Set<Promise<void>>();

  /** @param expected The names that will be live; the list says that they are not yet. */
  constructor(expected: readonly string[] = []) {
    super();
    this.#models = new Map(expected.map((name) => [name, null]));
  }

  /** The way through the model of this name, or through the first one; null while it is not live. */
  find(name?: string): Scoring | null {
    const model = name === undefined ? this.#first() : this.#models.get(name);
    return model?.scoring ?? null;
  }

  names(): readonly string[] {
    return [...this.#models.keys()];
  }

  list(): readonly ListedModel[] {
    return [...this.#models].map(([name, model]) => (model ? listed(name, model) : absent(name)));
  }

  /** Rows admitted and not yet scored, of each model that is live. */
  queuedRows(): ReadonlyMap<string, number> {
    const live = [...this.#models].flatMap(([name, model]) => (model ? [{ name, model }] : []));
    return new Map(live.map(({ name, model }) => [name, model.scoring.queuedRows]));
  }

  /**
   * Calls that begin from now on find the new model. Resolves when the calls of the old one have ended
   * and its forests are freed.
   * @throws {ThicketError} MODEL_UNAVAILABLE after a stop; the new model is freed then.
   */
  async replace(name: string, model: ServedModel): Promise<void> {
    if (this.stopping) {
      await model.scoring.stop();
      throw new ThicketError('MODEL_UNAVAILABLE', 'the instance is shutting down');
    }
    const old = this.#models.get(name) ?? null;
    this.#models.set(name, model);
    if (old !== null) await this.#retire(old);
  }

  /** No model is found any more; resolves when the last call has ended and every forest is freed. */
  protected override async onStop(): Promise<void> {
    for (const [name, model] of this.#models) {
      this.#models.set(name, null);
      if (model !== null) void this.#retire(model);
    }
    await Promise.all(this.#retiring);
  }

  #retire({ scoring }: ServedModel): Promise<void> {
    const retired = scoring.stop().finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
    return retired;
  }

  #first(): ServedModel | null | undefined {
    const [first] = this.#models.values();
    return first;
  }
}

function listed(name: string, { scoring, uri, fallbackReason }: ServedModel): ListedModel {
  const { metadata, shape } = scoring.live;
  return {
    name,
    version: metadata.version,
    target: metadata.target,
    task: shape.labels === null ? 'regression' : 'classification',
    digest: scoring.digest,
    uri,
    fallbackReason,
    reason: null,
  };
}

function absent(name: string): ListedModel {
  return {
    name,
    version: null,
    target: null,
    task: null,
    digest: null,
    uri: null,
    fallbackReason: null,
    reason: 'the model is not loaded yet',
  };
}
