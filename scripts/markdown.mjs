/** The pieces of Markdown that the generated tables are made of. */

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Escapes text for a cell of a table. */
export function cell(text) {
  return text.replaceAll("|", "\\|");
}

export function code(text) {
  return `\`${text}\``;
}
