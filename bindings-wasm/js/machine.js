// A machine to poll and feed.

import { refuse } from "./error.js";
import { asLines } from "./options.js";
import { Running } from "./run.js";

/** A machine that a module holds: effects and events as objects. */
export class Machine {
  #held;

  constructor(held) {
    this.#held = held;
  }

  poll() {
    return told(this.#held, "machine_poll", "machine_body");
  }

  feed(event) {
    feed(this.#held, "machine_feed", event);
  }

  outcome() {
    return this.#held.text("machine_outcome");
  }

  steps() {
    return this.#held.text("machine_steps");
  }

  snapshot() {
    return this.#held.bytes("machine_snapshot");
  }

  /** The options of a run, for what its steps start. */
  settings() {
    return this.#held.text("machine_settings");
  }

  free() {
    this.#held.free();
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

/** An effect, or an event, that a module told; its body comes on its own. */
export function told(held, name, body) {
  const text = held.text(name);
  if (text === undefined) return undefined;
  const effect = JSON.parse(text);
  if (effect.type === "send") effect.request.body = held.bytes(body);
  if (effect.type === "response") effect.body = held.bytes(body);
  return effect;
}

const EVENTS = ["response", "failed", "elapsed", "cancel"];

/** Hands an event to what a module holds. */
export function feed(held, name, event) {
  const kind = EVENTS.indexOf(event?.type);
  if (kind < 0) throw refuse("host.bad-event", "this is no event", "its type is response, failed, elapsed or cancel");
  const { id, status, headers, body, elapsed, reason, message } = event;
  const given = [];
  if (kind === 0) given.push(asLines(headers), body instanceof Uint8Array ? body : new Uint8Array(body ?? 0));
  if (kind === 1) given.push(String(reason), String(message ?? "it failed"));
  const more = kind === 3 ? reason === "timeout" : status;
  held.ask(name, [kind, Number(id), Number(more), Number(elapsed ?? 0)], ...given);
}
