// The help (B49): one tree of articles for every client, in both languages, with the contact channels of the brand.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Locale, locales } from '../i18n.ts';

const article = z.strictObject({
  id: z.string(),
  title: z.string(),
  text: z.array(z.string()).min(1),
  /** Ends with the channels of the brand. */
  channels: z.literal(true).optional(),
  links: z.array(z.string()),
});
const channel = z.strictObject({ kind: z.enum(['phone', 'email', 'post']), label: z.string(), value: z.string() });
const helpFile = z.strictObject({
  topics: z.array(z.strictObject({ id: z.string(), title: z.string(), articles: z.array(article) })),
  links: z.record(z.string(), z.string()),
  channels: z.record(z.string(), z.array(channel)),
});
type HelpFile = z.output<typeof helpFile>;

export interface HelpLink {
  /** `password-reset`, `contracts`: clients know their own page for it. */
  readonly rel: string;
  readonly name: string;
  /** Where it is a page of the provider itself. */
  readonly href: string | undefined;
}

export type HelpChannel = z.output<typeof channel>;

export interface HelpArticle {
  readonly id: string;
  readonly title: string;
  readonly text: readonly string[];
  readonly channels: readonly HelpChannel[];
  readonly links: readonly HelpLink[];
}

export interface HelpTopic {
  readonly id: string;
  readonly title: string;
  readonly articles: readonly { readonly id: string; readonly title: string }[];
}

export interface Help {
  tree(locale: Locale): HelpTopic[];
  article(id: string, locale: Locale): HelpArticle | undefined;
}

export interface HelpOptions {
  readonly brand: string;
  /** Pages of the provider by what they are for. */
  readonly pages: Readonly<Record<string, string>>;
  readonly folder?: URL;
}

/** Reads the articles once. Throws for a file that is not as it must be. */
export function createHelp(options: HelpOptions): Help {
  const { folder = new URL('../../views/help/', import.meta.url), brand, pages } = options;
  const files = new Map(locales.map((locale) => [locale, readHelp(folder, locale)]));
  const fileOf = (locale: Locale): HelpFile => files.get(locale) ?? { topics: [], links: {}, channels: {} };
  return {
    tree: (locale) =>
      fileOf(locale).topics.map(({ id, title, articles }) => ({
        ...{ id, title },
        articles: articles.map((one) => ({ id: one.id, title: one.title })),
      })),
    article(id, locale) {
      const { topics, links, channels } = fileOf(locale);
      const found = topics.flatMap(({ articles }) => articles).find((one) => one.id === id);
      if (found === undefined) return undefined;
      const { title, text } = found;
      return {
        ...{ id, title, text },
        channels: found.channels === true ? (channels[brand] ?? []) : [],
        links: found.links.map((rel) => ({ rel, name: links[rel] ?? rel, href: pages[rel] })),
      };
    },
  };
}

function readHelp(folder: URL, locale: Locale): HelpFile {
  const file = helpFile.parse(JSON.parse(readFileSync(new URL(`${locale}.json`, folder), 'utf8')));
  for (const { articles } of file.topics) {
    for (const { id, links } of articles) {
      const unknown = links.find((rel) => file.links[rel] === undefined);
      if (unknown !== undefined) throw new Error(`the article ${id} links to ${unknown}, which has no name`);
    }
  }
  return file;
}
