/** A prediction as it is stored. */
export interface Outcome {
  /** From the writer's own block of the predictions sequence. */
  readonly id: number;
  readonly rawId: number | null;
  readonly modelName: string;
  readonly modelVersion: string;
  /** SHA-256 of what the model was loaded from, in hex. */
  readonly modelDigest: string;
  readonly target: string;
  /** Regression: the value. Classification: the label where it is a number, else null. */
  readonly prediction: number | null;
  /** Classification: the label as text; otherwise null. */
  readonly label: string | null;
  /** JSON text: the array of predictions of a model with several outputs, for which the two above are null. */
  readonly outputs: string | null;
  /** JSON text, or null: an array of `{output, label, probability}`. */
  readonly probabilities: string | null;
  /** JSON text, or null: arrays of numbers by the name of the score. */
  readonly scores: string | null;
  readonly requestId: string | null;
  readonly jobId: string | null;
  /** The run of `thicket score` that it belongs to. */
  readonly runId: number | null;
  /** JSON text of the fields as they were scored, for a replay; null in rows of versions before 0.1. */
  readonly input: string | null;
}
