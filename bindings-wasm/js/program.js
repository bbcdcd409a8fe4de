// A program, however it was had: starts runs.

import { engine } from "./engine.js";
import { host } from "./host.js";
import { Machine, Run } from "./machine.js";
import { inputsText, optionsText, runHeaders } from "./options.js";
import { Running } from "./run.js";

const call = (ask) => engine.call(ask);

/** A document as bytes, given as such, as text or as an object. */
export const asBytes = (text) => {
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
