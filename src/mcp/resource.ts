/** What a resource is: data that a client may read, and where. Readers know nothing of the protocol. */

import type { Caller } from "../caller.js";

export interface Resource {
  /** One URI, or a template of several (RFC 6570); the listing of a template names none of them. */
  readonly location: { readonly uri: string } | { readonly template: string };
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Returns the text at a URI for one caller, or null if there is nothing. */
  readonly read: (uri: string, caller: Caller) => string | null | Promise<string | null>;
}
