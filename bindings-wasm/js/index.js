// The package's names: load a program, start runs.

import { engine } from "./engine.js";
import { refuse } from "./error.js";
import { Program, asBytes } from "./program.js";
import { readDocument } from "./transport.js";

export { authorize } from "./authorize.js";
export { init, initSync } from "./engine.js";
export { SpolaError } from "./error.js";
export { Run } from "./machine.js";
export { Program } from "./program.js";
export { drive } from "./run.js";

/**
 * Reads, checks and links a workflow document with all it refers to.
 * `source` is its URL, or documents as `{ url, text }`, the workflow document first.
 */
export async function load(source, options = {}) {
  const given = Array.isArray(source) ? source : undefined;
  if (given?.length === 0) throw refuse("host.bad-argument", "there is no document", "give the workflow document first");
  const entry = String(given ? given[0].url : source);
  // The document comes while the module does.
  const begun = given ? undefined : readDocument(entry, options);
  begun?.catch(() => {});
  await engine.init(options.module);
  const loader = engine.hold("loader", [], entry);
  for (const [name, place] of Object.entries(options.sources ?? {})) {
    loader.ask("loader_source", [], name, String(place));
  }
  const supply = (url, text, finalUrl = url) => loader.ask("loader_supply", [], url, asBytes(text), finalUrl);
  for (const { url, text } of given?.slice(1) ?? []) supply(String(url), text);
  const failures = [];
  for (let url; (url = loader.text("loader_needs")) !== undefined; ) {
    if (given && url === entry) {
      supply(url, given[0].text);
      continue;
    }
    try {
      if (given && !options.fetch) throw new Error("it is not among the documents given");
      const { bytes, finalUrl } = await (url === entry ? begun : readDocument(url, options));
      supply(url, bytes, finalUrl);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(error);
      loader.ask("loader_failed", [], url, String(error.message));
    }
  }
  try {
    return new Program(loader.hold("loader_link", [Boolean(options.strict)]));
  } catch (error) {
    error.cause ??= failures[0];
    throw error;
  } finally {
    loader.free();
  }
}
