/** Reads tables of names that are written as one text with spaces between the names. */

/** The words of a text, in its order. */
export function parseWords(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The words of a text as a set. */
export function parseWordSet(text: string): ReadonlySet<string> {
  return new Set(parseWords(text));
}

/** The names of a table that lists them by rule, each with its rule. */
export function namesByRule<Id extends string>(table: Readonly<Partial<Record<Id, string>>>): [string, Id][] {
  return (Object.entries(table) as [Id, string][]).flatMap(([rule, names]) =>
    parseWords(names).map((name): [string, Id] => [name, rule]),
  );
}
