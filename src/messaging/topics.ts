// Which messages a customer may do without: by topic, as she chose. All others are about her security and always come.

const topics: ReadonlyMap<string, string> = new Map([
  ['order', 'orders'],
  ['bill', 'billing'],
  ['mailbox-welcome', 'mailbox'],
  ['mail-alias', 'mailbox'],
]);

/** The topic of a message; undefined for one that cannot be switched off. */
export function topicOf(message: { readonly key: string; readonly by?: string }): string | undefined {
  // What somebody else did in her name is always told.
  return message.by === 'proxy' ? undefined : topics.get(message.key);
}
