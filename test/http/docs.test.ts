import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { tinyClassifier, tinyModel, tinyScorer } from '../support/tiny-model.ts';
import type { Model } from '../../src/model/model.ts';
import type { Stage } from '../../src/model/stages.ts';
import { jsonOf, post } from '../support/post.ts';
import { RawSocket } from '../support/raw-socket.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function documentOf(model: Model): Promise<Document> {
  const own = await startService({ model });
  const document = await jsonOf(await fetch(`${own.url}/openapi.json`));
  await own.stop();
  return document as unknown as Document;
}

describe('/docs', () => {
  test('is a page whose every file is served from here', async () => {
    const page = await fetch(`${service.url}/docs`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(html).not.toMatch(/https?:|\/\/[a-z]/);
    const files = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), ([, file]) => file!);
    expect(files).toHaveLength(4);
    for (const file of files) {
      const reply = await fetch(new URL(file, page.url));
      expect(reply.status).toBe(200);
      expect((await reply.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test('lets the browser reach no other origin', async () => {
    const policy = (await fetch(`${service.url}/docs`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; connect-src 'self'");
  });

  test.each([
    '/docs/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/package.json',
    '/docs//etc/passwd',
    '/docs/swagger-ui.css/',
  ])('%s is no file of the page', async (path) => {
    const socket = await RawSocket.open(service.port);
    await socket.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await socket.until((text) => text.includes('"code"'))).toMatch(/^HTTP\/1.1 404 /);
    socket.vanish();
  });
});

describe('/openapi.json', () => {
  test('types the fields as the live model takes them', async () => {
    const { openapi, components } = await documentOf(tinyModel());
    expect(openapi).toBe('3.1.0');
    const [byName, byPosition] = components.schemas['Row']!['anyOf'] as Record<string, unknown>[];
    expect(byName).toMatchObject({
      properties: {
        sales: { type: 'number', minimum: 0 },
        quantity: { type: 'integer', minimum: 1 },
        // One-hot with `zeros`: missing and unknown categories are taken.
        segment: { type: ['string', 'null'], examples: ['Consumer', 'Corporate'] },
      },
      required: ['sales', 'quantity', 'segment'],
    });
    expect(byPosition).toMatchObject({ properties: { features: { minItems: 3, maxItems: 3 } } });
  });

  test('has an example row that the service answers', async () => {
    const document = (await jsonOf(
      await fetch(`${service.url}/openapi.json`),
    )) as unknown as Document;
    const [example] = document.components.schemas['Row']!['examples'] as unknown[];
    expect((await post(`${service.url}/predict`, example)).status).toBe(200);
  });

  test('every reference leads somewhere, and every refusal is documented', async () => {
    const document = await documentOf(tinyModel());
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, path] of references) {
      const found = path!
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
      expect(found, path).toBeDefined();
    }
    const { responses } = document.paths['/predict']!['post']!;
    const statuses = [200, 400, 408, 413, 415, 422, 429, 500, 503];
    expect(Object.keys(responses)).toEqual(statuses.map(String));
  });
});

describe('/openapi.json follows the model', () => {
  test('lists the categories where the model refuses others', async () => {
    const model = tinyModel();
    const [oneHot, ...others] = model.stages;
    const strict = { ...oneHot, unknown: 'reject' } as Stage;
    const { components } = await documentOf({ ...model, stages: [strict, ...others] });
    const [byName] = components.schemas['Row']!['anyOf'] as Record<string, unknown>[];
    expect(byName).toMatchObject({
      properties: { segment: { type: 'string', enum: ['Consumer', 'Corporate'] } },
    });
  });

  test('describes the answer of a regression and of a classifier', async () => {
    const regression = await documentOf(tinyModel({ profile: 'superstore' }));
    expect(regression.components.schemas['Prediction']!['properties']).toMatchObject({
      y_pred: { type: 'number' },
      profit_margin_percent: { type: ['number', 'null'] },
    });
    const classifier = await documentOf(tinyClassifier());
    expect(classifier.components.schemas['Prediction']!['properties']).toMatchObject({
      y_pred: { enum: ['stays', 'leaves'] },
      probabilities: { required: ['stays', 'leaves'] },
    });
    const scorer = await documentOf(tinyScorer());
    const properties = scorer.components.schemas['Prediction']!['properties'];
    expect(properties).toMatchObject({
      y_pred: { enum: ['stays', 'leaves'] },
      scores: {
        properties: {
          decision_function: { type: 'number' },
          votes: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
        },
        required: ['decision_function', 'votes'],
      },
    });
    expect(properties).not.toHaveProperty('probabilities');
  });
});
