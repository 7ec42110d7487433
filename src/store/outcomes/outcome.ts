/** A prediction as it is stored. */
export interface Outcome {
  /** From the writer's own block of the predictions sequence. */
  readonly id: number;
  readonly rawId: number | null;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly target: string;
  /** Regression: the value. Classification: the label where it is a number, else null. */
  readonly prediction: number | null;
  /** Classification: the label as text; otherwise null. */
  readonly label: string | null;
  /** JSON text, or null: the probabilities by class; several outputs: the array of values. */
  readonly probabilities: string | null;
  readonly requestId: string | null;
  readonly jobId: string | null;
  /** JSON text of the fields as they were scored, or null where raw_id already says it. */
  readonly input: string | null;
}
