import { ThicketError } from '../../core/errors.ts';
import type { Job } from '../../jobs/job-rows.ts';
import { checkPayload } from '../../jobs/payload.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { ErrorStatus } from '../openapi/errors.ts';
import { NULLABLE_TEXT, objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import type { ServerContext } from '../server/context.ts';
import { type ObjectShape, SINGLE, listOf, objectOf } from '../server/json/shape.ts';
import { jsonReply } from '../server/reply.ts';
import { NO_OWNER } from '../server/request-key.ts';
import type { BodilessRoute, JsonRoute, Route } from '../server/route.ts';
import { FIRST_MODEL, type ModelPlace, NAMED_MODEL, askedModel } from './asked-model.ts';
import { keptWith } from './kept-with.ts';

/** The routes that take jobs in, and the one that tells how a job is. */
export function jobRoutes(
  context: ServerContext,
  shapeOf: (scoring: Scoring) => ObjectShape,
): readonly Route[] {
  const { batchRowsMax } = context.config;
  const jobShapeOf = keptWith((scoring: Scoring) => jobShape(shapeOf(scoring), batchRowsMax));
  const submits = [FIRST_MODEL, NAMED_MODEL].map((place) => submitJob(place, context, jobShapeOf));
  return [...submits, showJob(context)];
}

function submitJob(
  { model, below, parameters }: ModelPlace,
  context: ServerContext,
  shapeOf: (scoring: Scoring) => ObjectShape,
): JsonRoute {
  const { batchRowsMax: rowsMax } = context.config;
  return {
    method: 'POST',
    path: `${below}/predict_async`,
    model,
    parameters,
    body: 'json',
    keyed: true,
    operation: {
      operationId: model === 'first' ? 'predictAsync' : 'predictAsyncWithModel',
      summary: `Predict later: one row, up to ${rowsMax} \`rows\`, or stored rows by \`raw_ids\``,
      request: 'JobRequest',
      reply: SUBMITTED,
      errors: model === 'first' ? ERRORS : [...ERRORS, 404],
    },
    reads({ parameters: { name } }) {
      const scoring = context.models.find(name);
      return scoring === null ? SINGLE : shapeOf(scoring);
    },
    answer(call, body) {
      const scoring = askedModel(context, call);
      const payload = checkPayload(body, scoring.live, rowsMax);
      const asked = call.parameters['name'] ?? null;
      const submitted = context
        .jobs()
        .submit({ payload, model: asked }, { owner: NO_OWNER, key: call.key });
      return submitted.then((jobId) => jsonReply({ job_id: jobId, status: 'queued' }));
    },
  };
}

const ERRORS: readonly ErrorStatus[] = [400, 408, 413, 415, 422, 429, 500, 503];

/** A row as `/predict` takes it, or one of the keys that name several. */
function jobShape(row: ObjectShape, rowsMax: number): ObjectShape {
  const own = row.members.map(({ name, shape }) => [name, shape] as const);
  const besides = [
    ['rows', listOf(row, rowsMax)],
    ['raw_id', SINGLE],
    ['raw_ids', listOf(SINGLE, rowsMax)],
  ] as const;
  const added = besides.filter(([name]) => !row.memberOf.has(name));
  return objectOf([...own, ...added], row.othersMax);
}

const SUBMITTED: NamedSchema = {
  name: 'SubmittedJob',
  schema: objectSchema({
    job_id: { type: 'string', format: 'uuid' },
    status: { const: 'queued' },
  }),
};

const TIME = { type: 'string', format: 'date-time' };
const JOB: NamedSchema = {
  name: 'Job',
  schema: objectSchema({
    job_id: { type: 'string', format: 'uuid' },
    status: { enum: ['queued', 'processing', 'done', 'failed'] },
    prediction_id: { type: ['integer', 'null'] },
    prediction_ids: { type: ['array', 'null'], items: { type: 'integer' } },
    error: NULLABLE_TEXT,
    attempt: { type: 'integer' },
    model_name: NULLABLE_TEXT,
    created_at: TIME,
    updated_at: TIME,
  }),
};

function showJob(context: ServerContext): BodilessRoute {
  return {
    method: 'GET',
    path: '/jobs/{job_id}',
    parameters: [
      {
        name: 'job_id',
        in: 'path',
        description: 'As `/predict_async` gave it',
        schema: { type: 'string' },
      },
    ],
    operation: {
      operationId: 'job',
      summary: 'How a job is',
      reply: JOB,
      errors: [404, 503],
    },
    async answer({ parameters }) {
      const job = await context.jobs().find(parameters['job_id']!, NO_OWNER);
      if (job === null) throw new ThicketError('JOB_UNKNOWN', 'job_id not found');
      return jsonReply(jobJson(job));
    },
  };
}

function jobJson(job: Job): Readonly<Record<string, unknown>> {
  return {
    job_id: job.jobId,
    status: job.status,
    prediction_id: job.predictionId,
    prediction_ids: job.predictionIds,
    error: job.error,
    attempt: job.attempt,
    model_name: job.model,
    created_at: job.createdAt,
    updated_at: job.updatedAt,
  };
}
