// A WebAssembly module: made ready once, asked carefully.

import { SpolaError, refuse } from "./error.js";

const LOST = "what was loaded before is lost: load the program again, and resume its runs from their snapshots";

/** One module with its face; an entry brings both. */
export class Engine {
  #glue;
  #source;
  #waiting;
  #broken = false;
  ready = false;

  /** The module's face, and what gives the module: `sync` itself, `url` where it is. */
  provide(glue, source) {
    this.#glue = glue;
    this.#source = source;
  }

  /** Makes it ready; every call after the first is free. */
  init(source) {
    this.#mend();
    if (this.ready) return Promise.resolve();
    this.#waiting ??= this.#begin(source).catch((error) => {
      this.#waiting = undefined;
      throw error;
    });
    return this.#waiting;
  }

  async #begin(source) {
    try {
      // What is at hand is ready sooner at once than by way of other threads.
      if (source === undefined && this.#source?.sync) return this.initSync();
      const found = source ?? this.#source?.url();
      if (found === undefined) {
        throw refuse("host.no-module", "the entry does not know where its WebAssembly module is", "give it to init()");
      }
      await this.#glue.default({ module_or_path: found });
    } catch (cause) {
      if (cause instanceof SpolaError) throw cause;
      const help = "serve the .wasm file beside the script, and allow 'wasm-unsafe-eval' in the page's Content-Security-Policy";
      throw refuse("host.no-module", `the WebAssembly module cannot be loaded: ${cause.message}`, help, cause);
    }
    this.ready = true;
  }

  /** The same without a promise, from a module or its bytes. */
  initSync(source) {
    this.#mend();
    if (this.ready) return;
    this.#glue.initSync({ module: source ?? this.#source.sync() });
    this.ready = true;
  }

  #mend() {
    if (!this.#broken) return;
    this.#glue.__wbg_reset_state();
    this.#broken = false;
  }

  /** Calls into the module: what it throws becomes a SpolaError. */
  call(ask) {
    try {
      this.#mend();
      if (!this.ready) {
        if (!this.#source?.sync) {
          throw refuse("host.not-ready", "the engine is not ready", "await load() or init() first");
        }
        this.initSync();
      }
      return ask(this.#glue);
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error) {
    if (error instanceof SpolaError) return error;
    if (typeof error === "string") {
      const report = JSON.parse(error);
      return new SpolaError({ diagnostics: [report], ...report });
    }
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      // Memory or stack ran out: what the module holds cannot be trusted any more.
      this.#broken = true;
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
}

/** Links and runs documents. */
export const engine = new Engine();

/** Those of this entry; what any of them can do is done by one that is ready. */
export const engines = [engine];

/** Makes the engine ready; `source` is a module, its bytes, a URL or a Response, where the entry cannot find it. */
export const init = (source) => engine.init(source);

/** The same without a promise, from a module or its bytes. */
export const initSync = (source) => engine.initSync(source);
