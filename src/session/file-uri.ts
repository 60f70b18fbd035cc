/** The host path that a `file:` URI names. */

import { fileURLToPath } from "node:url";

/** Returns null for what names no file of this host: another scheme, another host, a query, an escaped separator. */
export function hostPathOf(uri: string): string | null {
  try {
    const url = new URL(uri);
    // Another host is a network share: looking it up is itself a leak.
    if (url.protocol !== "file:" || url.host !== "" || url.search !== "" || url.hash !== "") return null;
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
