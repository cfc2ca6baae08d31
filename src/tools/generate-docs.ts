/**
 * The pages of docs/reference that are written from tables of the source: `npm run docs` writes them, and a test fails
 * when one is stale. A room with facts worth a page adds a line here and a renderer in docs/.
 */
import { configurationPage } from './docs/configuration-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { protocolPage } from './docs/protocol-page.ts';
import { znodesPage } from './docs/znodes-page.ts';

export interface GeneratedPage {
  /** From the root of the repository. */
  readonly path: string;
  render(): string;
}

export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { path: 'docs/reference/configuration.md', render: configurationPage },
  { path: 'docs/reference/errors.md', render: errorsPage },
  { path: 'docs/reference/protocol.md', render: protocolPage },
  { path: 'docs/reference/znodes.md', render: znodesPage },
];
