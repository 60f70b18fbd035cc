/** A resource as the protocol sees it: data that a client may read, and its place. It knows nothing of the protocol. */

import type { Caller } from "../caller.js";

/** One resource, or several behind one template. */
export interface Resource {
  /** A URI, or a template of URIs (RFC 6570). The URIs of a template are not listed. */
  readonly location: { readonly uri: string } | { readonly template: string };
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Returns the text at a URI for one caller, or null if nothing is there. */
  readonly read: (uri: string, caller: Caller) => string | null | Promise<string | null>;
}
