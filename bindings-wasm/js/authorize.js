// The one way to authorize.

import { engines } from "./engine.js";
import { refuse } from "./error.js";
import { asLines } from "./options.js";

/**
 * Puts credentials on a request as its effect's `auth` asks. `now` is in
 * milliseconds since the Unix epoch. Gives a new request.
 */
export function authorize(request, auth, credentials, now = Date.now()) {
  if (!auth) return request;
  const signing = engines.find((engine) => engine.ready) ?? engines[0];
  if (!signing.can("authorize")) {
    throw refuse("host.no-authorization", "this entry authorizes no requests", "give it a proxy, or load the document from `spola`");
  }
  const { method, url, headers, body } = request;
  const bytes = body ?? new Uint8Array();
  const parts = [method, url, asLines(headers), bytes, JSON.stringify(auth), JSON.stringify(credentials ?? {})];
  return { ...request, ...JSON.parse(signing.text("authorize", [now], ...parts)) };
}
