// A program, however it was had: starts runs.

import { host } from "./host.js";
import { Machine, Run } from "./machine.js";
import { inputsText, optionsText, runHeaders } from "./options.js";
import { Running } from "./run.js";

/** A document as bytes, given as such, as text or as an object. */
export const asBytes = (text) => {
  if (text instanceof Uint8Array) return text;
  return new TextEncoder().encode(typeof text === "string" ? text : JSON.stringify(text));
};

/** A linked document; any number of runs share it. */
export class Program {
  #held;

  constructor(held) {
    this.#held = held;
  }

  /** What the document's workflows are. */
  get workflows() {
    return JSON.parse(this.#held.text("program_workflows"));
  }

  /** What is worth a warning or a hint. */
  lint() {
    return JSON.parse(this.#held.text("program_lint"));
  }

  /** Begins a run that the caller drives. The id may be left out where there is one workflow. */
  start(workflowId, inputs, options = {}) {
    const id = workflowId ?? undefined;
    const given = [inputsText(inputs), optionsText(options, true), runHeaders(options)];
    if (id !== undefined) given.push(String(id));
    const held = this.#held.hold("program_start", [id !== undefined], ...given);
    return new Run(host.start(new Machine(held)), id ?? this.#only());
  }

  /** Goes on with a run from its snapshot; `options` win over those it was started with. */
  resume(snapshot, options = {}) {
    const given = [inputsText(options.secrets), optionsText(options, false), runHeaders(options), options.inDoubt ?? ""];
    const machine = host.resume(snapshot, (bytes) => new Machine(this.#held.hold("program_resume", [], bytes, ...given)));
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
    this.#held.free();
  }
}
