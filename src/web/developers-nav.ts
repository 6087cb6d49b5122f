// The sections of the pages for developers, and which one is open.
import type { Site } from './web-types.ts';

const sections = ['home', 'clients', 'parameters', 'api', 'refusal', 'text'] as const;

export type DeveloperSection = (typeof sections)[number];

export interface SectionLink {
  readonly name: DeveloperSection;
  readonly href: string;
  readonly current: boolean;
}

/** The links of an issuer's sections; none where there are no such pages. */
export function developerLinks(
  { basePath, hasApi, hasDevelopers }: Pick<Site, 'basePath' | 'hasApi' | 'hasDevelopers'>,
  here: DeveloperSection,
): SectionLink[] {
  if (!hasDevelopers) return [];
  const root = `${basePath}/developers`;
  const hrefs: Partial<Record<DeveloperSection, string>> = { home: root, api: `${basePath}/api/docs` };
  return sections
    .filter((name) => name !== 'api' || hasApi)
    .map((name) => ({ name, href: hrefs[name] ?? `${root}/${name}`, current: name === here }));
}
