// What axe finds on a page, by all its rules. Its builder for Playwright sends one megabyte of source twice for each
// look and takes every passed check back; here the short source goes once, and only what is broken comes back.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const builder = createRequire(import.meta.url).resolve('@axe-core/playwright');
const source = readFileSync(createRequire(builder).resolve('axe-core/axe.min.js'), 'utf8');

/** Every rule that the page breaks, with the elements that break it: `rule: <element …>`, a line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  for (const frame of page.frames()) {
    if (!(await frame.evaluate('typeof axe === "object"'))) await frame.evaluate(source);
  }
  const found = await page.evaluate(`
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
      passed: passes.length,
      broken: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))),
    }))`);
  const { passed, broken } = found as { passed: number; broken: string[] };
  if (passed === 0) throw new Error(`axe looked at nothing at ${page.url()}`);
  return broken;
}
