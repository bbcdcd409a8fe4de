// A run with a gate before each request and wait, so that it can pause anywhere.

import { drive } from "./spola/lean-web.js";
import { Mask } from "./mask.js";

/** What is known of a run, for the page to show and to keep. */
export class Runner {
  /**
   * `machine` is a started or resumed run; `options` are those of `drive`;
   * `entries` what was shown before a reload; `changed` is called after each change.
   */
  constructor({ machine, options, secrets, entries = [], paused = false, changed }) {
    Object.assign(this, { machine, options, entries, paused, changed });
    this.mask = new Mask(secrets);
    this.abort = new AbortController();
    this.snapshot = machine.snapshot();
    this.waiting = undefined;
    /** For how long the request was held back, and how long it may then take. */
    this.heldFor = 0;
    this.limit = null;
  }

  async run() {
    const { fetch, sleep, ...options } = this.options;
    const send = fetch ?? globalThis.fetch.bind(globalThis);
    const gated = Object.assign(async (url, init) => {
      await this.gate();
      const limit = this.limit === null ? undefined : AbortSignal.timeout(this.limit);
      try {
        return await send(url, { ...init, signal: limit ? AbortSignal.any([limit, init.signal]) : init.signal });
      } catch (error) {
        if (!limit?.aborted) throw error;
        throw Object.assign(new Error(`no answer within ${this.limit} ms`), { reason: "timeout" });
      }
    }, { takesAny: send.takesAny, now: send.now });
    const wait = sleep ?? send.sleep ?? pause;
    try {
      this.outcome = await drive(this.watched(), {
        ...options,
        fetch: gated,
        signal: this.abort.signal,
        sleep: async (delay, signal) => {
          await this.gate();
          await wait(delay, signal);
        },
        onProgress: (progress) => this.told(progress),
        onSnapshot: (snapshot) => this.keep(snapshot),
      });
    } catch (error) {
      this.broken = error;
    }
    this.waiting = undefined;
    this.changed("over");
  }

  /** Lets the next request through, or holds it until it may go. */
  async gate() {
    if (this.paused && !this.abort.signal.aborted) {
      this.held = true;
      this.changed("held");
      const since = performance.now();
      await new Promise((go) => (this.open = go));
      this.heldFor += performance.now() - since;
      this.held = false;
    }
    this.begun();
  }

  pause() {
    this.paused = true;
    this.changed("pausing");
  }

  /** One request more. */
  step() {
    if (!this.held) return;
    this.open();
  }

  goOn() {
    this.paused = false;
    this.open?.();
    this.changed("going");
  }

  stop() {
    this.abort.abort();
    this.open?.();
  }

  /** A request goes out: from here on nobody knows whether it was done. */
  begun() {
    for (const entry of this.entries) if (entry.state === "ready") entry.state = "sent";
    this.changed("sent");
  }

  keep(snapshot) {
    this.snapshot = snapshot;
    this.changed("kept");
  }

  /** The machine, with an eye on what passes. */
  watched() {
    const { machine } = this;
    return {
      poll: () => {
        const effect = machine.poll();
        if (effect?.type !== "send") return effect;
        this.asked(effect);
        this.heldFor = 0;
        // The time that a step may take does not run while it is held.
        this.limit = effect.timeout;
        return { ...effect, timeout: null };
      },
      feed: (event) => {
        if (event.elapsed !== undefined) event.elapsed = Math.max(0, event.elapsed - this.heldFor);
        machine.feed(event);
        if (event.type === "response" || event.type === "failed") this.answered(event);
      },
      get outcome() {
        return machine.outcome;
      },
      snapshot: () => machine.snapshot(),
    };
  }

  entry(id) {
    return this.entries.findLast((entry) => entry.id === id);
  }

  asked({ id, request, shownUrl, repeat }) {
    const entry = this.entry(id);
    if (!entry) return;
    Object.assign(entry, {
      state: "ready",
      repeat,
      url: this.mask.text(shownUrl),
      request: { headers: this.mask.headers(request.headers), body: this.mask.body(request.body) },
    });
    this.changed("asked");
  }

  answered(event) {
    const entry = this.entry(event.id);
    if (!entry) return;
    entry.state = "answered";
    entry.elapsed = Math.round(event.elapsed ?? 0);
    if (event.type === "failed") entry.failed = `${event.reason}: ${this.mask.text(event.message ?? "")}`;
    else entry.answer = { headers: this.mask.headers([...event.headers]), body: this.mask.body(event.body) };
    this.changed("answered");
  }

  told(progress) {
    switch (progress.kind) {
      case "step-started":
        this.at = { workflowId: progress.workflowId, stepId: progress.stepId };
        break;
      case "attempt": {
        const { id, workflowId, stepId, execution, attempt, method, url } = progress;
        if (!this.entry(id)) {
          this.entries.push({ id, workflowId, stepId, execution, attempt, method, url: this.mask.text(url), state: "ready", criteria: [] });
        }
        break;
      }
      case "answered": {
        const entry = this.entry(progress.id);
        if (entry) entry.status = progress.status;
        break;
      }
      case "criterion": {
        const { condition, passed } = progress;
        this.entry(progress.id)?.criteria.push({ condition, passed });
        break;
      }
      case "action": {
        const entry = this.entry(progress.id);
        if (entry) Object.assign(entry, { succeeded: progress.succeeded, action: progress.action });
        break;
      }
      case "waiting":
        this.waiting = { stepId: progress.stepId, why: progress.why, delay: progress.delay };
        break;
    }
    if (progress.kind !== "waiting") this.waiting = undefined;
    this.changed(progress.kind, progress);
  }
}

const pause = (delay, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(delay, 2 ** 31 - 1));
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
