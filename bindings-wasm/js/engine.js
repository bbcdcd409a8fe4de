// The WebAssembly module: made ready once, asked carefully.

import { SpolaError, refuse } from "./error.js";

let ready = false;
let waiting;
let broken;
let glue;
let fallback;

/** What an entry brings: the module's face, and where the module is. */
export function provide(face, source) {
  glue = face;
  fallback = source;
}

/**
 * Makes the engine ready; every call after the first is free. `source` is a
 * compiled module, its bytes, a URL or a Response, where the entry cannot find it.
 */
export function init(source) {
  if (broken) restart();
  if (ready) return Promise.resolve();
  waiting ??= begin(source).catch((error) => {
    waiting = undefined;
    throw error;
  });
  return waiting;
}

async function begin(source) {
  const found = source ?? (await fallback?.());
  if (found === undefined) {
    throw refuse("host.no-module", "the entry does not know where its WebAssembly module is", "give it to init()");
  }
  try {
    await glue.default({ module_or_path: found });
  } catch (cause) {
    const help = "serve the .wasm file beside the script, and allow 'wasm-unsafe-eval' in the page's Content-Security-Policy";
    throw refuse("host.no-module", `the WebAssembly module cannot be loaded: ${cause.message}`, help, cause);
  }
  ready = true;
}

/** The same without a promise, from a module or its bytes. */
export function initSync(source) {
  if (broken) restart();
  if (ready) return;
  glue.initSync({ module: source ?? fallback.sync() });
  ready = true;
}

function restart() {
  glue.__wbg_reset_state();
  broken = undefined;
}

/** The module's face, once it is ready. */
export function engine() {
  if (broken) {
    restart();
  }
  if (!ready) {
    if (!fallback?.sync) {
      throw refuse("host.not-ready", "the engine is not ready", "await load() or init() first");
    }
    initSync();
  }
  return glue;
}

/** Calls into the module: what it throws becomes a SpolaError. */
export function call(ask) {
  try {
    return ask(engine());
  } catch (error) {
    throw told(error);
  }
}

function told(error) {
  if (error instanceof SpolaError) return error;
  if (typeof error === "string") {
    const report = JSON.parse(error);
    const diagnostics = report.diagnostics ?? [report];
    return new SpolaError({ ...report, diagnostics });
  }
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    // Memory or stack ran out: what the module holds cannot be trusted any more.
    broken = error;
    return refuse("host.engine-stopped", `the engine stopped: ${error.message}`, LOST, error);
  }
  if (/stale object/.test(error?.message)) {
    return refuse("host.engine-stopped", "the engine that held this has stopped", LOST, error);
  }
  if (/null pointer passed to rust/.test(error?.message)) {
    return refuse("host.disposed", "this was disposed of", "take its snapshot or outcome before", error);
  }
  return error;
}

const LOST = "what was loaded before is lost: load the program again, and resume its runs from their snapshots";
