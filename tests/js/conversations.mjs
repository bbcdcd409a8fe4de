// Plays the language-neutral conversations; knows nothing of Node.

import { equal } from "./equal.mjs";

/** Plays a conversation: every request, wait and the ending have to be as expected. */
export async function play(spola, conversation, resumed) {
  const { name, value, documents } = conversation;
  const program = await spola.load(documents, { strict: value.strict === true });
  const options = optionsOf(value.options);
  let run;
  try {
    run = program.start(value.workflow, value.inputs, options);
  } catch (error) {
    return refused(name, value, error);
  }
  const again = () => {
    const bytes = run.snapshot();
    return program.resume(bytes, { secrets: value.inputs ?? {}, inDoubt: "send", headers: options.headers });
  };
  const turns = [...(value.turns ?? [])];
  for (let at = 0; ; ) {
    if (resumed) run = again();
    let effect = run.poll();
    if (effect === undefined) throw new Error(`${name}: nothing to do after turn ${at}`);
    if (resumed && (effect.type === "send" || effect.type === "wait")) {
      // What was handed out is handed out again, under the same id.
      run = again();
      const second = nextOwed(run);
      equal(shown(second), shown(effect), `${name}: handed out again`);
      effect = second;
    }
    if (effect.type === "progress") continue;
    const turn = turns.shift();
    if (effect.type === "done") {
      if (turn !== undefined) throw new Error(`${name}: ended after turn ${at}`);
      checkOutcome(name, effect.outcome, value.outcome);
      if (value.steps && !resumed) equal(run.steps.map(line), value.steps, `${name}: steps`);
      equal(run.poll(), undefined, name);
      equal(run.outcome, effect.outcome, name);
      return;
    }
    at += 1;
    const place = `${name}: turn ${at}`;
    if (turn === undefined) throw new Error(`${place}: unexpected ${JSON.stringify(effect)}`);
    run.feed(answer(place, effect, turn));
  }
}

function nextOwed(run) {
  for (;;) {
    const effect = run.poll();
    if (effect?.type !== "progress") return effect;
  }
}

/** An effect without what a resumed run may say otherwise. */
function shown(effect) {
  if (effect?.type !== "send") return effect;
  const { request, auth, id } = effect;
  return { id, auth, request: { ...request, body: text(request.body) } };
}

const micros = (delay) => Math.round(delay * 1000);
const text = (bytes) => new TextDecoder().decode(bytes);

function line(step) {
  return `${step.stepId} ${step.execution}.${step.attempt} ${step.status ?? "-"} ${step.action ?? "-"}`;
}

function refused(name, value, error) {
  equal(error.code, value.refused, `${name}: ${error.message}`);
  if (error.name !== "SpolaError" || error.diagnostics.length === 0) throw new Error(`${name}: ${error}`);
  if (value.message && !error.message.includes(value.message)) throw new Error(`${name}: ${error.message}`);
}

function answer(place, effect, turn) {
  const { id } = effect;
  if (effect.type === "wait") {
    equal(micros(effect.delay), micros(turn.wait * 1000), place);
    return { type: "elapsed", id };
  }
  checkRequest(place, effect, turn.send);
  const elapsed = (turn.elapsed ?? 0) * 1000;
  if (turn.fail) {
    return { type: "failed", id, reason: turn.fail.reason, message: turn.fail.message ?? "it failed", elapsed };
  }
  const { status = 200, headers = {}, body } = turn.answer;
  const bytes = new TextEncoder().encode(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  const typed = Object.keys(headers).some((field) => field.toLowerCase() === "content-type");
  const fields = { ...headers, ...(bytes.length > 0 && !typed ? { "Content-Type": "application/json" } : {}) };
  return { type: "response", id, status, headers: fields, body: bytes, elapsed };
}

function checkRequest(place, effect, expected) {
  const { request, auth, timeout } = effect;
  equal(`${request.method} ${request.url}`, typeof expected === "string" ? expected : expected.request, place);
  if (!(request.body instanceof Uint8Array)) throw new Error(`${place}: the body is no bytes`);
  for (const [field, wanted] of Object.entries(expected.headers ?? {})) {
    const found = request.headers.find(([one]) => one === field.toLowerCase());
    equal(found?.[1] ?? null, wanted, `${place}: header ${field}`);
  }
  if (expected.body !== undefined) {
    const got = text(request.body);
    equal(typeof expected.body === "string" ? got : JSON.parse(got), expected.body, `${place}: body`);
  }
  if (expected.noBody !== undefined) equal(request.body.length, 0, place);
  if (expected.auth !== undefined) equal(auth, expected.auth, `${place}: auth`);
  if (expected.timeout !== undefined) equal(timeout, expected.timeout * 1000, `${place}: timeout`);
}

function checkOutcome(name, outcome, expected) {
  equal(outcome.outcome, expected.outcome, `${name}: ${JSON.stringify(outcome)}`);
  if (expected.outputs !== undefined) equal(outcome.outputs, expected.outputs, name);
  for (const field of ["code", "stepId"]) {
    if (expected[field] !== undefined) equal(outcome.failure?.[field], expected[field], name);
  }
  if (expected.message && !outcome.failure.message.includes(expected.message)) {
    throw new Error(`${name}: ${outcome.failure.message}`);
  }
}

/** Options as a conversation writes them, times in seconds. */
function optionsOf(written = {}) {
  const options = { seed: 0, ...written };
  if (written.endpoints) options.endpoint = written.endpoints;
  for (const name of ["pollInterval", "maxWait"]) {
    if (written[name] !== undefined) options[name] = written[name] * 1000;
  }
  return options;
}
