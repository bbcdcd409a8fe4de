// The lean entry's names: take a program out of a bundle, start runs.

import { engine } from "./engine.js";
import { refuse } from "./error.js";
import { Program, asBytes } from "./program.js";
import { readDocument } from "./transport.js";

export { init, initSync } from "./engine.js";
export { SpolaError } from "./error.js";
export { Run } from "./machine.js";
export { Program } from "./program.js";
export { drive } from "./run.js";

/**
 * Takes the program out of what `spola bundle` wrote; nothing is read or linked.
 * `source` is the bundle's URL, the bundle as `{ url, text }`, or itself.
 */
export async function load(source, options = {}) {
  const [{ url, bytes }] = await Promise.all([given(source, options), engine.init(options.module)]);
  return new Program(engine.hold("open", [], bytes, url));
}

async function given(source, options) {
  const one = Array.isArray(source) ? source[0] : source;
  if (one === undefined || one === null) throw refuse("host.bad-argument", "there is no bundle", "give what `spola bundle` writes");
  if (typeof one === "string" || one instanceof URL) {
    const url = String(one);
    try {
      const { bytes, finalUrl } = await readDocument(url, options);
      return { url: finalUrl, bytes };
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw refuse("document.unavailable", `the bundle could not be read from \`${url}\`: ${cause.message}`, "check its address", cause);
    }
  }
  if (one.text !== undefined) return { url: String(one.url ?? ""), bytes: asBytes(one.text) };
  return { url: "", bytes: asBytes(one) };
}
