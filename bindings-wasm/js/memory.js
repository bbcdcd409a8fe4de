// The memory of a module, and the module itself: src/border.rs from the other side.

import { SpolaError } from "./error.js";

const encoder = new TextEncoder();
let decoder;
let decoded = Infinity;

/** An instance of a module: texts and bytes cross by its memory. */
export class Memory {
  #functions;

  constructor(instance) {
    this.#functions = instance.exports;
  }

  can(name) {
    return name in this.#functions;
  }

  /** Calls a function with what it takes, and gives what it returns; throws what it threw. */
  call(name, numbers, given) {
    for (const one of given.reverse()) {
      const bytes = typeof one === "string" ? encoder.encode(one) : one;
      const at = this.#functions.give(bytes.length);
      this.#at(at, bytes.length).set(bytes);
    }
    const result = this.#functions[name](...numbers);
    if (result >= 0 || result === undefined) return result;
    const report = JSON.parse(this.text());
    throw new SpolaError({ diagnostics: [report], ...report });
  }

  /** The bytes that were told; they stay until the next call. */
  bytes() {
    return this.#at(this.#functions.told(), this.#functions.told_length());
  }

  /** The text that was told. */
  text() {
    const bytes = this.bytes();
    // Safari's decoders are worn out after 2 GB.
    decoded += bytes.length;
    if (decoded > 2 ** 30) {
      decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      decoded = bytes.length;
    }
    return decoder.decode(bytes);
  }

  #at(at, length) {
    return new Uint8Array(this.#functions.memory.buffer, at >>> 0, length >>> 0);
  }
}

/** A module from itself, its bytes, a URL or a response, or a promise of one. */
export async function compiled(source) {
  let found = await source;
  if (found instanceof WebAssembly.Module) return found;
  if (typeof found === "string" || found instanceof URL || found instanceof Request) found = await fetch(found);
  if (!(found instanceof Response)) return WebAssembly.compile(found);
  if (!found.ok) throw new Error(`${found.url}: status ${found.status}`);
  // Only what is served as WebAssembly can be compiled while it comes.
  const streams = WebAssembly.compileStreaming && found.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(found) : WebAssembly.compile(await found.arrayBuffer());
}
