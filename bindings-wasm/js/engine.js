// A WebAssembly module: made ready once, asked carefully.

import { SpolaError, refuse } from "./error.js";
import { Memory, compiled } from "./memory.js";

const LOST = "what was loaded before is lost: load the program again, and resume its runs from their snapshots";

/** One module; an entry says where it is. */
export class Engine {
  #source;
  #waiting;
  #compiled;
  #memory;
  /** Counts up when what the module held is lost. */
  #lives = 0;

  /** What gives the module: `sync` itself, `url` where it is. */
  provide(source) {
    this.#source = source;
  }

  get ready() {
    return Boolean(this.#compiled);
  }

  /** Makes it ready; every call after the first is free. */
  init(source) {
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
      const module = await compiled(found);
      this.#memory = new Memory(await WebAssembly.instantiate(module));
      this.#compiled = module;
    } catch (cause) {
      if (cause instanceof SpolaError) throw cause;
      const help = "serve the .wasm file beside the script, and allow 'wasm-unsafe-eval' in the page's Content-Security-Policy";
      throw refuse("host.no-module", `the WebAssembly module cannot be loaded: ${cause.message}`, help, cause);
    }
  }

  /** The same without a promise, from a module or its bytes. */
  initSync(source) {
    if (this.ready) return;
    const found = source ?? this.#source.sync();
    this.#compiled = found instanceof WebAssembly.Module ? found : new WebAssembly.Module(found);
  }

  /** The memory of the module; a new one where it stopped before. */
  get #ready() {
    if (!this.ready) {
      if (!this.#source?.sync) throw refuse("host.not-ready", "the engine is not ready", "await load() or init() first");
      this.initSync();
    }
    return (this.#memory ??= new Memory(new WebAssembly.Instance(this.#compiled)));
  }

  /** Whether the module has a function. */
  can(name) {
    return this.#asked((memory) => memory.can(name));
  }

  /** Calls a function: what it gives is a number, 0 where it is nothing. What it throws becomes a SpolaError. */
  ask(name, numbers, ...given) {
    return this.#asked((memory) => memory.call(name, numbers, given));
  }

  /** Calls a function that tells a text, or nothing. */
  text(name, numbers, ...given) {
    return this.#asked((memory) => (memory.call(name, numbers, given) ? memory.text() : undefined));
  }

  /** Calls a function that tells bytes, or nothing. */
  bytes(name, numbers, ...given) {
    return this.#asked((memory) => (memory.call(name, numbers, given) ? memory.bytes().slice() : undefined));
  }

  /** Calls a function that gives something to be held. */
  hold(name, numbers, ...given) {
    return new Held(this, this.ask(name, numbers, ...given), this.#lives);
  }

  /** Drops what is held, unless it is lost already. */
  release(handle, life) {
    if (life === this.#lives) this.ask("release", [handle]);
  }

  /** Makes sure that what is held is still there. */
  check(handle, life) {
    if (life !== this.#lives) throw refuse("host.engine-stopped", "the engine that held this has stopped", LOST);
    if (!handle) throw refuse("host.disposed", "this was disposed of", "take its snapshot or outcome before");
  }

  #asked(ask) {
    try {
      return ask(this.#ready);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
      // Memory or stack ran out: what the module holds cannot be trusted any more.
      this.#memory = undefined;
      this.#lives++;
      throw refuse("host.engine-stopped", `the engine stopped: ${error.message}`, LOST, error);
    }
  }
}

/** Drops what nobody has in hand any more; not every host can. */
const forgotten =
  globalThis.FinalizationRegistry && new FinalizationRegistry(({ engine, handle, life }) => engine.release(handle, life));

/** Something that a module holds, until it is disposed of: functions that ask it take its handle first. */
export class Held {
  #engine;
  #handle;
  #life;

  constructor(engine, handle, life) {
    this.#engine = engine;
    this.#handle = handle;
    this.#life = life;
    forgotten?.register(this, { engine, handle, life }, this);
  }

  #with(numbers) {
    this.#engine.check(this.#handle, this.#life);
    return [this.#handle, ...numbers];
  }

  ask(name, numbers = [], ...given) {
    return this.#engine.ask(name, this.#with(numbers), ...given);
  }

  text(name, numbers = [], ...given) {
    return this.#engine.text(name, this.#with(numbers), ...given);
  }

  bytes(name, numbers = [], ...given) {
    return this.#engine.bytes(name, this.#with(numbers), ...given);
  }

  hold(name, numbers = [], ...given) {
    return this.#engine.hold(name, this.#with(numbers), ...given);
  }

  /** Disposes of it; once is enough. */
  free() {
    forgotten?.unregister(this);
    if (this.#handle) this.#engine.release(this.#handle, this.#life);
    this.#handle = 0;
  }
}

/** Links and runs documents. */
export const engine = /* @__PURE__ */ new Engine();

/** Those of this entry; what any of them can do is done by one that is ready. */
export const engines = [engine];

/** Makes the engine ready; `source` is a module, its bytes, a URL or a Response, where the entry cannot find it. */
export const init = (source) => engine.init(source);

/** The same without a promise, from a module or its bytes. */
export const initSync = (source) => engine.initSync(source);
