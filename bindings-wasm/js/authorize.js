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
  const text = signing.call((module) => {
    if (!module.authorize) {
      throw refuse("host.no-authorization", "this entry authorizes no requests", "give it a proxy, or load the document from `spola`");
    }
    const { method, url, headers, body } = request;
    const lines = asLines(headers);
    const bytes = body ?? new Uint8Array();
    return module.authorize(method, url, lines, bytes, JSON.stringify(auth), JSON.stringify(credentials ?? {}), now);
  });
  return { ...request, ...JSON.parse(text) };
}
