// A run in one module, and in another what its steps have started.

import { effectOf, give } from "./machine.js";

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
      const effect = this.#ready() ?? this.#run.poll();
      if (effect?.operation) this.#begin(effect);
      else if (effect?.type === "abort" && this.#ask((all) => all.abort(effect.id))) continue;
      else if (effect || !this.#ask((all) => all.advance())) return effect;
      this.#passOn();
    }
  }

  #begin({ id, operation, request, timeout }) {
    this.#underWay ??= this.#toolkit.call((module) => new module.UnderWay(this.#run.settings()));
    this.#ask((all) => all.begin(id, operation, request.body, timeout ?? undefined));
  }

  /** Nothing, where nothing has ever been started. */
  #ask(ask) {
    return this.#underWay && this.#toolkit.call(() => ask(this.#underWay));
  }

  #ready() {
    return this.#underWay && effectOf(this.#toolkit, this.#underWay, (all) => all.ready());
  }

  /** Answers the steps whose operations are over. */
  #passOn() {
    for (let event; (event = this.#underWay && effectOf(this.#toolkit, this.#underWay, (all) => all.answer())); ) {
      this.#run.feed(event);
    }
  }

  feed(event) {
    if (event?.type === "cancel") this.#ask((all) => give(all, event));
    else if (this.#ask((all) => all.takes(Number(event?.id)))) {
      this.#ask((all) => give(all, event));
      return this.#passOn();
    }
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
    return this.#ask((all) => all.snapshot(run)) ?? run;
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
      const kept = toolkit.call((module) => module.UnderWay.run_in(snapshot));
      const run = resume(kept ?? snapshot);
      const underWay = kept && toolkit.call((module) => module.UnderWay.resumed(snapshot, run.settings()));
      return new Hosted(run, toolkit, underWay);
    },
  };
}
