// A machine to poll and feed.

import { refuse } from "./error.js";
import { asLines } from "./options.js";
import { Running } from "./run.js";

/** A machine in a module: effects and events as objects. */
export class Machine {
  /** What a call into the module gives, and how such calls are made. */
  constructor(engine, inner) {
    this.engine = engine;
    this.inner = inner;
  }

  poll() {
    return effectOf(this.engine, this.inner, (inner) => inner.poll());
  }

  feed(event) {
    this.engine.call(() => give(this.inner, event));
  }

  outcome() {
    return this.engine.call(() => this.inner.outcome());
  }

  steps() {
    return this.engine.call(() => this.inner.steps());
  }

  snapshot() {
    return this.engine.call(() => this.inner.snapshot());
  }

  /** The options of a run, for what its steps start. */
  settings() {
    return this.engine.call(() => this.inner.settings());
  }

  free() {
    this.inner.free();
  }
}

/** One execution; owns no socket, timer or credential. */
export class Run {
  #machine;

  constructor(machine, workflowId) {
    this.#machine = machine;
    this.workflowId = workflowId;
  }

  /** The next effect; undefined when answers are owed, or when it is over. */
  poll() {
    for (;;) {
      const effect = this.#machine.poll();
      if (!effect?.operation) return effect;
      // Nobody here carries it out, and nothing is sent in its place.
      const message = `the step starts \`${effect.operation}\`, which this entry does not carry out: ${ELSEWHERE}`;
      this.#machine.feed({ type: "failed", id: effect.id, reason: "unsupported", message });
    }
  }

  /** Takes what the host saw. */
  feed(event) {
    this.#machine.feed(event);
  }

  /** How it ended; null while it goes on. */
  get outcome() {
    const text = this.#machine.outcome();
    return text === undefined ? null : JSON.parse(text);
  }

  /** What it did, one entry for each request. */
  get steps() {
    return JSON.parse(this.#machine.steps());
  }

  /** Where it stands, as bytes that any host can resume. */
  snapshot() {
    return this.#machine.snapshot();
  }

  /** Drives it to its end, as `program.run` does. */
  drive(options = {}) {
    return new Running(() => this, options);
  }

  /** Frees the run. */
  [Symbol.dispose ?? "dispose"]() {
    this.#machine.free();
  }
}

/** Where the operations that a step starts are carried out. */
export const ELSEWHERE = "load the document from `spola/ecr`";

/** An effect, or an event, that a module wrote; its body comes on its own. */
export function effectOf(engine, inner, ask) {
  const text = engine.call(() => ask(inner));
  if (text === undefined) return undefined;
  const effect = JSON.parse(text);
  if (effect.type === "send") effect.request.body = engine.call(() => inner.body());
  if (effect.type === "response") effect.body = engine.call(() => inner.body());
  return effect;
}

/** Hands an event to a module. */
export function give(inner, event) {
  const elapsed = Number(event?.elapsed ?? 0);
  switch (event?.type) {
    case "response": {
      const body = event.body instanceof Uint8Array ? event.body : new Uint8Array(event.body ?? 0);
      return inner.response(Number(event.id), Number(event.status), asLines(event.headers), body, elapsed);
    }
    case "failed":
      return inner.failed(Number(event.id), String(event.reason), String(event.message ?? "it failed"), elapsed);
    case "elapsed":
      return inner.elapsed(Number(event.id));
    case "cancel":
      return inner.cancel(event.reason === "timeout");
    default:
      throw refuse("host.bad-event", "this is no event", "its type is response, failed, elapsed or cancel");
  }
}
