import { existsSync, rmSync } from 'node:fs';

import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Instance } from '../support/instance.ts';
import { preparedDirectory } from '../support/prepared-directory.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
if (CHROMIUM === undefined) console.warn('skipped: no Chromium on this machine for the /docs page');

describe.skipIf(CHROMIUM === undefined)('the /docs page in a real browser', () => {
  let dataDir: string;
  let instance: Instance;
  let browser: Browser;

  beforeAll(async () => {
    dataDir = await preparedDirectory('thicket-docs-');
    instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
    browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await instance?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('shows the live model’s fields, asks nobody else, and a row sent from it is scored', async () => {
    const page = await browser.newPage();
    const foreign: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== instance.url) foreign.push(request.url());
    });
    page.on('pageerror', (error) => complaints.push(error.message));

    await page.goto(`${instance.url}/docs`);
    const route = page.locator('.opblock', { has: page.locator('[data-path="/predict"]') });
    await route.locator('.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Try it out' }).click();
    expect(await route.locator('textarea').first().inputValue()).toContain('"sub_category"');
    await route.getByRole('button', { name: 'Execute' }).click();
    const reply = route.locator('.live-responses-table .response').first();
    await reply.waitFor();
    expect(await reply.locator('.response-col_status').innerText()).toContain('200');
    expect(await reply.innerText()).toContain('prediction_id');

    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
