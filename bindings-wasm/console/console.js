// The page: choose a workflow, fill in its inputs, run it, watch it.

import { load } from "./spola/lean-web.js";
import { sandbox } from "./spola/sandbox-web.js";
import { example } from "./examples.js";
import { SchemaForm, make, secretNames } from "./form.js";
import { Runner } from "./runner.js";
import { Steps, ending } from "./steps.js";
import { forget, keep, keepToken, kept, token } from "./store.js";

const WORKFLOWS = ["ensure-repository-and-seed-image", "publish-image", "image-inventory", "create-image-and-poll"];

const at = (id) => document.getElementById(id);
const connection = at("connection");
const steps = new Steps(at("steps"));
const programs = new Map();
let chosen;
let form;
let runner;
/** What a run is made of, beside what its snapshot holds. */
let about;
let memory;

const workflowOf = (id) => programs.get(id).workflows[0];

async function begin() {
  const given = token();
  connection.token.value = given.token;
  if (given.region) connection.region.value = given.region;
  if (given.token) connection.mode.value = "proxy";
  at("token-field").hidden = connection.mode.value !== "proxy" || Boolean(given.token);
  await Promise.all(
    WORKFLOWS.map(async (id) => {
      const url = new URL(`workflows/${id}.json`, location.href);
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
      programs.set(id, await load([{ url: String(url), text: await answer.text() }]));
    }),
  );
  for (const id of WORKFLOWS) {
    const input = make("input", { type: "radio", name: "workflow", value: id, onchange: () => choose(id) });
    at("workflows").append(make("label", { class: "card" }, input, make("span", {}, make("b", {}, id), make("small", {}, workflowOf(id).summary))));
  }
  const state = kept();
  choose(state?.workflowId ?? WORKFLOWS[0]);
  if (state) {
    form.fill(state.inputs);
    offer(state);
  }
  document.documentElement.dataset.ready = "true";
}

function choose(id) {
  chosen = id;
  document.querySelector(`[name=workflow][value="${id}"]`).checked = true;
  form = new SchemaForm(workflowOf(id).inputs);
  at("fields").replaceChildren(form.element);
  at("example").hidden = !example(id, "");
  problems([]);
}

/** What is wrong with the inputs, in one place. */
function problems(list) {
  const box = at("problems");
  box.replaceChildren(...list.map(({ message, help }) => make("p", {}, message, help ? make("small", {}, ` – ${help}`) : undefined)));
  box.hidden = list.length === 0;
  if (list.length > 0) box.focus();
}

at("example").addEventListener("click", () => form.fill(example(chosen, connection.region.value)));

connection.addEventListener("change", () => {
  at("token-field").hidden = connection.mode.value !== "proxy";
  keepToken(connection.token.value);
});
connection.addEventListener("submit", (event) => event.preventDefault());

at("inputs").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (runner) return;
  const { value, wrong } = form.read();
  problems(wrong > 0 ? [{ message: wrong === 1 ? "One input is wrong." : `${wrong} inputs are wrong.` }] : []);
  if (wrong > 0) return void form.fields.find((field) => field.control?.getAttribute("aria-invalid") === "true")?.focus();
  const mode = connection.mode.value;
  const region = connection.region.value.trim();
  if (mode === "proxy" && !connection.token.value) {
    problems([{ message: "The proxy's token is missing.", help: "spola proxy prints it when it starts" }]);
    return void connection.token.focus();
  }
  try {
    const machine = programs.get(chosen).start(chosen, value, { region, pollInterval: mode === "sandbox" ? 20_000 : undefined });
    const secret = secretNames(workflowOf(chosen).inputs);
    const inputs = Object.fromEntries(Object.entries(value).filter(([name]) => !secret.includes(name)));
    about = { workflowId: chosen, mode, region, inputs };
    memory = mode === "sandbox" ? await sandbox() : undefined;
    watch({ machine, secrets: form.secrets(), paused: event.submitter?.value === "paused" });
  } catch (error) {
    problems([{ message: error.message, help: error.help }]);
  }
});

/** Lets a run go, and shows it. */
function watch({ machine, secrets, entries, paused }) {
  const proxy = { url: new URL("/proxy", location.href), token: connection.token.value };
  const options = about.mode === "sandbox" ? { fetch: memory } : { proxy };
  steps.begin(workflowOf(about.workflowId));
  at("result").hidden = true;
  at("resume").hidden = true;
  at("empty").hidden = true;
  runner = new Runner({ machine, options, secrets, entries, paused, changed });
  controls();
  steps.update(runner.entries);
  at("run-title").scrollIntoView({ block: "nearest" });
  runner.run();
}

/** Something has happened in the run. */
function changed(what, progress) {
  if (!runner) return;
  steps.update(runner.entries, runner.at);
  if (["kept", "sent", "held", "answered"].includes(what)) save();
  if (what === "over") return over();
  if (what === "action") say(`${progress.stepId} ${progress.succeeded ? "succeeded" : "failed"}.`);
  else if (what === "waiting") say(waitText(progress));
  else if (what === "held") say(runner.waiting ? `Paused before a wait: ${waitText(runner.waiting)}` : `Paused before the request of ${runner.at?.stepId ?? "the next step"}.`);
  else if (what === "pausing") say("Pausing before the next request …");
  controls();
}

const waitText = ({ stepId, why, delay }) => `${stepId} waits ${(delay / 1000).toLocaleString("en")} s (${why})${about.mode === "sandbox" ? ", which costs nothing here" : ""}.`;

function say(text) {
  at("status").textContent = text;
}

/** The state of the run, so that a reload loses nothing. */
function save() {
  const state = { ...about, paused: runner.paused, snapshot: runner.snapshot, entries: runner.entries };
  if (memory) Object.assign(state, { memory: memory.state(), clock: memory.now() });
  if (!keep(state) && !about.large) {
    about.large = true;
    forget();
    say("The run has become too large to outlive a reload.");
  }
}

function over() {
  const { outcome, broken, entries, mask } = runner;
  const shown = outcome ?? { outcome: "failed", outputs: {}, failure: { code: broken.code ?? "console.broken", message: broken.message, stepId: null } };
  const result = at("result");
  result.replaceChildren(ending(shown, mask.value(shown.outputs), entries.length));
  result.hidden = false;
  say(`${about.workflowId} ${{ succeeded: "succeeded", failed: "failed", interrupted: "was stopped" }[shown.outcome]}.`);
  runner = undefined;
  forget();
  controls();
}

function controls() {
  const show = (id, shown) => {
    const had = document.activeElement === at(id);
    at(id).hidden = !shown;
    return had && !shown;
  };
  const lost = [
    show("pause", Boolean(runner) && !runner.paused),
    show("step", Boolean(runner?.paused)),
    show("go-on", Boolean(runner?.paused)),
    show("stop", Boolean(runner)),
    show("clear", !runner && at("resume").hidden && at("empty").hidden),
  ];
  at("step").disabled = !runner?.held;
  at("go-on").disabled = !runner?.held;
  for (const input of document.querySelectorAll("#workflows input, #connection input, #start, #start-paused")) input.disabled = Boolean(runner);
  // The keyboard stays where the run is.
  if (lost.some(Boolean)) (["go-on", "pause", "clear"].map(at).find((button) => !button.hidden && !button.disabled) ?? at("run")).focus();
}

at("pause").addEventListener("click", () => runner?.pause());
at("step").addEventListener("click", () => runner?.step());
at("go-on").addEventListener("click", () => runner?.goOn());
at("stop").addEventListener("click", () => runner?.stop());
at("clear").addEventListener("click", clear);

function clear() {
  steps.begin();
  at("result").hidden = true;
  at("resume").hidden = true;
  at("empty").hidden = false;
  say("");
  controls();
}

/** After a reload: the run as it was, and how it may go on. */
function offer(state) {
  const workflow = workflowOf(state.workflowId);
  connection.mode.value = state.mode;
  connection.region.value = state.region;
  steps.begin(workflow);
  steps.update(state.entries);
  at("empty").hidden = true;
  const names = secretNames(workflow.inputs);
  const secrets = new SchemaForm(workflow.inputs, { only: names });
  at("resume-fields").replaceChildren(...(names.length > 0 ? [secrets.element] : []));
  // Sent, and the answer never seen: nobody knows whether it was done.
  const doubt = state.entries.find((entry) => entry.state === "sent");
  const unsafe = doubt?.repeat === "unsafe";
  const after = names.length > 0 ? " Its secret inputs are not kept: give them again." : "";
  at("resume-text").textContent = unsafe
    ? `The request of ${doubt.stepId} was under way when the page was left, and nobody knows whether it was done. What is to become of it?${after}`
    : `A run of ${state.workflowId} was under way when the page was left. It can go on where it was.${after}`;
  const ways = unsafe
    ? [["Send it again", "send"], ["Let the step fail", "fail"], ["Go on as though it succeeded", "skip"]]
    : [["Go on", "send"]];
  const buttons = ways.map(([text, way], place) => make("button", { type: "submit", class: place === 0 ? "main" : undefined, value: way }, text));
  buttons.push(make("button", { type: "button", class: "quiet", onclick: () => (forget(), clear()) }, "Forget it"));
  at("resume-buttons").replaceChildren(...buttons);
  at("resume").onsubmit = async (event) => {
    event.preventDefault();
    const { value, wrong } = secrets.read();
    if (wrong > 0) return;
    try {
      about = { workflowId: state.workflowId, mode: state.mode, region: state.region, inputs: state.inputs };
      memory = state.mode === "sandbox" ? await sandbox({ state: state.memory, now: state.clock }) : undefined;
      const options = { secrets: value, inDoubt: event.submitter?.value ?? "send", workflowId: state.workflowId };
      const machine = programs.get(state.workflowId).resume(state.snapshot, options);
      watch({ machine, secrets: secrets.secrets(), entries: state.entries, paused: state.paused });
    } catch (error) {
      problems([{ message: error.message, help: error.help }]);
    }
  };
  at("resume").hidden = false;
  say("");
  controls();
}

begin().catch((error) => {
  at("empty").textContent = `The console cannot start: ${error.message}${error.help ? ` – ${error.help}` : ""}`;
  document.documentElement.dataset.ready = "failed";
});
