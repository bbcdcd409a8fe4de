// What a run did, step by step.

import { make, marked } from "./form.js";

const SIGNS = { pending: "", running: "…", succeeded: "✓", failed: "✗" };
const WORDS = { pending: "not yet", running: "running", succeeded: "succeeded", failed: "failed" };

/** The list of steps; what has not changed stays as the reader left it. */
export class Steps {
  constructor(list) {
    this.list = list;
    this.items = new Map();
  }

  /** Begins anew, for the steps of a workflow. */
  begin(workflow) {
    this.items.clear();
    this.list.replaceChildren();
    for (const step of workflow?.steps ?? []) this.item(workflow.workflowId, step.stepId, step);
  }

  item(workflowId, stepId, step) {
    const key = `${workflowId} ${stepId}`;
    let item = this.items.get(key);
    if (!item) {
      const mark = make("span", { class: "mark", "aria-hidden": "true" });
      const word = make("span", { class: "hidden" });
      const operation = step?.operationId ?? step?.workflowId ?? "";
      const title = make("h3", {}, stepId, " ", make("small", {}, operation), word);
      const card = make("div", { class: "step" }, title, step?.description ? make("p", {}, ...marked(step.description)) : undefined);
      const element = make("li", { class: "pending" }, mark, card);
      item = { element, mark, word, card, requests: new Map() };
      this.items.set(key, item);
      this.list.append(element);
      this.show(item, "pending");
    }
    return item;
  }

  show(item, state) {
    if (item.state === state) return;
    item.state = state;
    item.element.className = state;
    item.mark.className = `mark ${state}`;
    item.mark.textContent = SIGNS[state];
    item.word.textContent = `: ${WORDS[state]}`;
  }

  /** Shows the requests as they stand, and which step is at it. */
  update(entries, at) {
    const states = new Map();
    for (const entry of entries) {
      const item = this.item(entry.workflowId, entry.stepId);
      states.set(item, entry.action === undefined ? "running" : entry.succeeded ? "succeeded" : "failed");
      this.request(item, entry);
    }
    if (at) {
      const item = this.item(at.workflowId, at.stepId);
      if (!states.has(item)) states.set(item, "running");
    }
    for (const [item, state] of states) this.show(item, state);
  }

  request(item, entry) {
    const now = JSON.stringify(entry);
    let known = item.requests.get(entry.id);
    if (known?.shown === now) return;
    if (!known) {
      const element = make("details", { class: "request" });
      known = { element };
      item.requests.set(entry.id, known);
      item.card.append(element);
    }
    known.shown = now;
    known.element.replaceChildren(make("summary", {}, ...headOf(entry)), inside(entry));
  }
}

function headOf(entry) {
  const { method, url, status, elapsed, action, failed, state } = entry;
  const words = { ready: "not sent yet", sent: "waiting for the answer", answered: "" };
  const badge = failed
    ? make("span", { class: "badge bad" }, failed.split(":")[0])
    : status
      ? make("span", { class: `badge ${status < 400 ? "good" : "bad"}` }, `${status}`)
      : make("span", { class: "badge" }, words[state] || "…");
  const target = entry.request?.headers.find(([name]) => name.toLowerCase() === "x-amz-target")?.[1].split(".").pop();
  return [
    make("span", { class: "url" }, `${method} ${readable(url)}`),
    target ? make("b", {}, target) : undefined,
    badge,
    elapsed === undefined ? undefined : make("span", { class: "action" }, `${elapsed} ms`),
    action && action !== "next" ? make("span", { class: "action" }, actionText(action)) : undefined,
  ].filter(Boolean);
}

function actionText(action) {
  if (action === "end") return "→ end";
  if (action.startsWith("goto:")) return `→ ${action.slice(5)}`;
  return `→ ${action}`;
}

function inside({ method, url, status, request, answer, failed, criteria }) {
  const rules = criteria.map(({ condition, passed }) =>
    make("li", { class: passed ? "passed" : "not" }, make("code", {}, condition), make("span", { class: "hidden" }, passed ? " holds" : " does not hold")),
  );
  return make(
    "div",
    { class: "inside" },
    rules.length > 0 ? make("ul", { class: "criteria", "aria-label": "Criteria" }, ...rules) : undefined,
    failed ? make("p", { class: "wrong" }, failed) : undefined,
    make("div", { class: "sides" }, side("Request", `${method} ${readable(url)}`, request), side("Answer", `${status}`, answer)),
  );
}

function side(title, first, message) {
  if (!message) return undefined;
  const lines = [first, ...message.headers.map(([name, value]) => `${name}: ${value}`)];
  const text = [lines.join("\n"), message.body].filter(Boolean).join("\n\n");
  return make("div", { class: "side" }, make("h4", {}, title), make("pre", { tabindex: "0", "aria-label": title }, text));
}

/** A URL for people. */
function readable(url) {
  try {
    return decodeURI(url).replaceAll(/%(3A|2F|2C|40)/gi, decodeURIComponent);
  } catch {
    return url;
  }
}

/** How a run ended. */
export function ending(outcome, shown, requests) {
  const good = outcome.outcome === "succeeded";
  const words = { succeeded: "Succeeded", failed: "Failed", interrupted: "Stopped" };
  const { failure } = outcome;
  const message = failure
    ? make("p", { class: "message" }, failure.stepId ? `${failure.stepId}: ` : "", failure.message, " ", make("code", {}, failure.code))
    : undefined;
  const badge = make("span", { class: `badge ${good ? "good" : "bad"}` }, `${requests} ${requests === 1 ? "request" : "requests"}`);
  const copy = make("button", { type: "button", class: "quiet" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(shown);
    copy.textContent = "Copied";
  });
  return make(
    "section",
    { class: good ? "succeeded" : "failed" },
    make("div", { class: "titled" }, make("h3", {}, words[outcome.outcome], " ", badge), copy),
    message,
    make("h4", { class: "hidden" }, "Outputs"),
    make("pre", { tabindex: "0", "aria-label": "Outputs" }, shown),
  );
}
