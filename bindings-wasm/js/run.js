// The loop: poll, act on each effect, feed what was seen, poll again.

import { refuse } from "./error.js";
import { Sender, failed } from "./transport.js";

/**
 * Drives a machine (`poll`, `feed`, `outcome`, `snapshot`) to its end.
 *
 * The rule is one for all machines. What is outstanding when the caller aborts or
 * time runs out is dropped.
 */
export async function drive(machine, options = {}) {
  const loop = new Loop(machine, options);
  try {
    return await loop.turn();
  } finally {
    loop.end();
  }
}

class Loop {
  #machine;
  #options;
  #sleep;
  #sender;
  #outstanding = new Map();
  #seen = [];
  #wake;
  #cancelled = false;
  #deadline;
  #told = 0;
  #abort = () => this.#cancel("user");

  constructor(machine, options) {
    this.#machine = machine;
    this.#options = options;
    this.#sleep = options.sleep ?? options.fetch?.sleep ?? sleep;
    this.#sender = new Sender(options);
  }

  async turn() {
    const machine = this.#machine;
    const { signal, timeout } = this.#options;
    if (signal?.aborted) this.#cancel("user");
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (timeout !== undefined) this.#deadline = setTimeout(() => this.#cancel("timeout"), Math.min(timeout, LONGEST));
    for (;;) {
      while (this.#seen.length > 0) this.#take(this.#seen.shift());
      const effect = machine.poll();
      if (effect === undefined) {
        if (machine.outcome) return machine.outcome;
        if (this.#outstanding.size === 0 && this.#seen.length === 0) {
          throw refuse("host.stuck", "the machine asks for nothing and is not at its end");
        }
        if (this.#seen.length === 0) await new Promise((wake) => (this.#wake = wake));
        continue;
      }
      if (effect.type === "done") return effect.outcome;
      this.#act(effect);
      // A page stays alive in a loop that asks for nothing.
      if (effect.type === "progress" && ++this.#told % 256 === 0) await sleep(0);
    }
  }

  #act(effect) {
    switch (effect.type) {
      case "send":
        this.#keep();
        this.#begin(effect.id, (signal) => this.#sender.send(effect, signal));
        break;
      case "wait":
        this.#keep();
        this.#begin(effect.id, async (signal) => {
          await this.#sleep(effect.delay, signal);
          return { type: "elapsed", id: effect.id };
        });
        break;
      case "abort":
        this.#outstanding.get(effect.id)?.abort();
        this.#outstanding.delete(effect.id);
        break;
      case "progress":
        this.#options.onProgress?.(effect);
        break;
    }
  }

  #begin(id, work) {
    const controller = new AbortController();
    this.#outstanding.set(id, controller);
    const over = (event) => {
      if (this.#outstanding.get(id) !== controller) return;
      this.#outstanding.delete(id);
      this.#see(event);
    };
    Promise.resolve(controller.signal)
      .then(work)
      .then(over, (error) => over(failed(id, "other", error?.message ?? String(error), 0)));
  }

  #see(event) {
    this.#seen.push(event);
    this.#wake?.();
  }

  #take(event) {
    if (event.type === "cancel") {
      // A cancelled run cannot go on: what can be resumed is from before.
      this.#keep();
      this.#cancelled = true;
    }
    this.#machine.feed(event);
    if (event.type !== "elapsed") this.#keep();
  }

  #keep() {
    if (!this.#cancelled) this.#options.onSnapshot?.(this.#machine.snapshot());
  }

  #cancel(reason) {
    this.#see({ type: "cancel", reason });
  }

  end() {
    clearTimeout(this.#deadline);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    for (const controller of this.#outstanding.values()) controller.abort();
    this.#outstanding.clear();
  }
}

/** The longest time that a timer takes. */
const LONGEST = 2 ** 31 - 1;

/** Waits, however long. */
async function sleep(delay, signal) {
  for (let rest = delay; ; rest -= LONGEST) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(rest, LONGEST));
      signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
    if (rest <= LONGEST || signal?.aborted) return;
  }
}

/**
 * A run under way: `await` gives its result, `for await` its progress;
 * `snapshot()` says where it stands.
 */
export class Running {
  #run;
  #result;
  #told = [];
  #over = false;
  #more = [];

  constructor(start, options) {
    const onProgress = (progress) => {
      options.onProgress?.(progress);
      this.#told.push(progress);
      this.#tell();
    };
    this.#result = (async () => {
      this.#run = await start();
      const outcome = await drive(this.#run, { ...options, onProgress });
      return { workflowId: this.#run.workflowId, ...outcome, steps: this.#run.steps };
    })().finally(() => {
      this.#over = true;
      this.#tell();
    });
    this.#result.catch(() => {});
  }

  #tell() {
    for (const wake of this.#more.splice(0)) wake();
  }

  /** The machine under it. */
  get run() {
    return this.#run;
  }

  /** Where the run stands, as bytes that any host can resume. */
  snapshot() {
    return this.#run.snapshot();
  }

  then(done, failed) {
    return this.#result.then(done, failed);
  }

  catch(failed) {
    return this.#result.catch(failed);
  }

  finally(done) {
    return this.#result.finally(done);
  }

  async *[Symbol.asyncIterator]() {
    for (let at = 0; ; at++) {
      while (at >= this.#told.length && !this.#over) await new Promise((wake) => this.#more.push(wake));
      if (at >= this.#told.length) break;
      yield this.#told[at];
    }
    await this.#result;
  }
}
