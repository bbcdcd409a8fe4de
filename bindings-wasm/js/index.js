// The package's names: load a program, start runs.

import { engine } from "./engine.js";
import { refuse } from "./error.js";
import { host } from "./host.js";
import { Machine, Run } from "./machine.js";
import { inputsText, optionsText, runHeaders } from "./options.js";
import { Running } from "./run.js";
import { readDocument } from "./transport.js";

export { init, initSync } from "./engine.js";
export { SpolaError } from "./error.js";
export { Run, authorize } from "./machine.js";
export { drive } from "./run.js";

/**
 * Reads, checks and links a workflow document with all it refers to.
 * `source` is its URL, or documents as `{ url, text }`, the workflow document first.
 */
export async function load(source, options = {}) {
  await engine.init(options.module);
  const given = Array.isArray(source) ? source : undefined;
  if (given?.length === 0) throw refuse("host.bad-argument", "there is no document", "give the workflow document first");
  const entry = String(given ? given[0].url : source);
  const loader = call((module) => new module.Loader(entry));
  for (const [name, place] of Object.entries(options.sources ?? {})) {
    call(() => loader.source(name, String(place)));
  }
  const supply = (url, text, finalUrl = url) => call(() => loader.supply(url, asBytes(text), finalUrl));
  for (const { url, text } of given?.slice(1) ?? []) supply(String(url), text);
  const failures = [];
  for (let url; (url = call(() => loader.needs())) !== undefined; ) {
    if (given && url === entry) {
      supply(url, given[0].text);
      continue;
    }
    try {
      if (given && !options.fetch) throw new Error("it is not among the documents given");
      const { bytes, finalUrl } = await readDocument(url, options);
      supply(url, bytes, finalUrl);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(error);
      call(() => loader.failed(url, error.message));
    }
  }
  try {
    return new Program(call(() => loader.link(Boolean(options.strict))));
  } catch (error) {
    error.cause ??= failures[0];
    throw error;
  }
}

const call = (ask) => engine.call(ask);

const asBytes = (text) => {
  if (text instanceof Uint8Array) return text;
  return new TextEncoder().encode(typeof text === "string" ? text : JSON.stringify(text));
};

/** A linked document; any number of runs share it. */
export class Program {
  #inner;

  constructor(inner) {
    this.#inner = inner;
  }

  /** What the document's workflows are. */
  get workflows() {
    return JSON.parse(call(() => this.#inner.workflows()));
  }

  /** What is worth a warning or a hint. */
  lint() {
    return JSON.parse(call(() => this.#inner.lint()));
  }

  /** Begins a run that the caller drives. The id may be left out where there is one workflow. */
  start(workflowId, inputs, options = {}) {
    const inner = call(() =>
      this.#inner.start(workflowId ?? undefined, inputsText(inputs), optionsText(options, true), runHeaders(options)),
    );
    return new Run(host.start(new Machine(engine, inner)), workflowId ?? this.#only());
  }

  /** Goes on with a run from its snapshot; `options` win over those it was started with. */
  resume(snapshot, options = {}) {
    const resume = (bytes) =>
      call(() =>
        this.#inner.resume(
          bytes,
          inputsText(options.secrets),
          optionsText(options, false),
          runHeaders(options),
          options.inDoubt ?? "",
        ),
      );
    const machine = host.resume(snapshot, (bytes) => new Machine(engine, resume(bytes)));
    return new Run(machine, options.workflowId ?? this.#only());
  }

  /** Runs a workflow to its end: await the result, or iterate over its progress first. */
  run(workflowId, inputs, options = {}) {
    return new Running(() => this.start(workflowId, inputs, options), options);
  }

  #only() {
    const { workflows } = this;
    return workflows.length === 1 ? workflows[0].workflowId : null;
  }

  /** Frees the program; its runs go on. */
  [Symbol.dispose ?? "dispose"]() {
    this.#inner.free();
  }
}
