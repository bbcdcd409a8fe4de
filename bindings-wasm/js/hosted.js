// A run in one module, and in another what its steps have started.

import { feed, told } from "./machine.js";

/** A machine like the run's own. What it starts is asked for first, then the run. */
export class Hosted {
  #run;
  #toolkit;
  #underWay;

  constructor(run, toolkit, underWay) {
    this.#run = run;
    this.#toolkit = toolkit;
    this.#underWay = underWay;
  }

  poll() {
    for (;;) {
      const effect = this.#told("under_way_ready") ?? this.#run.poll();
      if (effect?.operation) this.#begin(effect);
      else if (effect?.type === "abort" && this.#underWay?.ask("under_way_abort", [effect.id])) continue;
      else if (effect || !this.#underWay?.ask("under_way_advance")) return effect;
      this.#passOn();
    }
  }

  #begin({ id, operation, request, timeout }) {
    this.#underWay ??= this.#toolkit.hold("under_way", [], this.#run.settings());
    this.#underWay.ask("under_way_begin", [id, timeout ?? -1], operation, request.body);
  }

  /** What an operation tells; nothing, where nothing has ever been started. */
  #told(name) {
    return this.#underWay && told(this.#underWay, name, "under_way_body");
  }

  /** Answers the steps whose operations are over. */
  #passOn() {
    for (let event; (event = this.#told("under_way_answer")); ) this.#run.feed(event);
  }

  feed(event) {
    const all = this.#underWay;
    const takes = event?.type !== "cancel" && all?.ask("under_way_takes", [Number(event?.id)]);
    if (takes || event?.type === "cancel") all && feed(all, "under_way_feed", event);
    if (takes) return this.#passOn();
    this.#run.feed(event);
  }

  outcome() {
    return this.#run.outcome();
  }

  steps() {
    return this.#run.steps();
  }

  snapshot() {
    const run = this.#run.snapshot();
    return this.#underWay?.bytes("under_way_snapshot", [], run) ?? run;
  }

  free() {
    this.#run.free();
    this.#underWay?.free();
  }
}

/** Carries out what steps start, in the toolkit's module. */
export function hosting(toolkit) {
  return {
    start: (run) => new Hosted(run, toolkit),

    resume(snapshot, resume) {
      const kept = toolkit.bytes("under_way_run_in", [], snapshot);
      const run = resume(kept ?? snapshot);
      const underWay = kept && toolkit.hold("under_way_resumed", [], snapshot, run.settings());
      return new Hosted(run, toolkit, underWay);
    },
  };
}
