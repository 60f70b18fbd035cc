/** The text of each kept library: a function that takes the tools of a realm. The joiner makes this fragment. */
export const libraryTexts: Record<string, string>;
