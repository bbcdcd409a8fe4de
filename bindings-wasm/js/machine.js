// A machine to poll and feed.

import { call } from "./engine.js";
import { refuse } from "./error.js";
import { asLines } from "./options.js";
import { Running } from "./run.js";

/** One execution; owns no socket, timer or credential. */
export class Run {
  #inner;

  constructor(inner, workflowId) {
    this.#inner = inner;
    this.workflowId = workflowId;
  }

  /** The next effect; undefined when answers are owed, or when it is over. */
  poll() {
    const text = call(() => this.#inner.poll());
    if (text === undefined) return undefined;
    const effect = JSON.parse(text);
    if (effect.type === "send") effect.request.body = call(() => this.#inner.body());
    return effect;
  }

  /** Takes what the host saw. */
  feed(event) {
    call(() => give(this.#inner, event));
  }

  /** How it ended; null while it goes on. */
  get outcome() {
    const text = call(() => this.#inner.outcome());
    return text === undefined ? null : JSON.parse(text);
  }

  /** What it did, one entry for each request. */
  get steps() {
    return JSON.parse(call(() => this.#inner.steps()));
  }

  /** Where it stands, as bytes that any host can resume. */
  snapshot() {
    return call(() => this.#inner.snapshot());
  }

  /** Drives it to its end, as `program.run` does. */
  drive(options = {}) {
    return new Running(() => this, options);
  }

  /** Frees the run. */
  [Symbol.dispose ?? "dispose"]() {
    this.#inner.free();
  }
}

function give(inner, event) {
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
