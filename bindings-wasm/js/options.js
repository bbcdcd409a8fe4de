// What a host writes, as the module reads it.

import { refuse } from "./error.js";

const NUMBERS = { maxSteps: "max_steps", maxDepth: "max_depth", maxResponse: "max_response", maxAttempts: "max_attempts" };
const TIMES = { pollInterval: "poll_interval", maxWait: "max_wait" };

/** Options in the form in which snapshots keep them. */
export function optionsText(options, fresh) {
  const out = {};
  if (options.region !== undefined) out.region = String(options.region);
  if (options.endpoint !== undefined) out.endpoints = byName(options.endpoint);
  if (options.awsEndpoint !== undefined) out.aws_endpoints = byName(options.awsEndpoint);
  if (options.serverVariables) out.server_variables = options.serverVariables;
  if (options.dependencyInputs) out.dependency_inputs = options.dependencyInputs;
  if (options.useFips) out.use_fips = true;
  if (options.useDualStack) out.use_dual_stack = true;
  for (const [name, inner] of Object.entries(NUMBERS)) {
    if (options[name] !== undefined) out[inner] = whole(name, options[name]);
  }
  for (const [name, inner] of Object.entries(TIMES)) {
    if (options[name] !== undefined) out[inner] = duration(name, options[name]);
  }
  if (options.seed !== undefined) out.seed = whole("seed", options.seed);
  else if (fresh) out.seed = drawn();
  return JSON.stringify(out);
}

const byName = (endpoint) =>
  typeof endpoint === "string" || endpoint instanceof URL
    ? { "": String(endpoint) }
    : Object.fromEntries(Object.entries(endpoint).map(([name, url]) => [name, String(url)]));

function whole(name, value) {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw refuse("host.bad-option", `\`${name}\` is not a whole number from 0`);
}

function duration(name, value) {
  if (typeof value !== "number" || !(value >= 0) || value > Number.MAX_SAFE_INTEGER) {
    throw refuse("host.bad-option", `\`${name}\` is not a length of time in milliseconds`);
  }
  const micros = Math.round((value % 1000) * 1000);
  return { secs: Math.floor(value / 1000) + Math.floor(micros / 1e6), nanos: (micros % 1e6) * 1000 };
}

function drawn() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 21) * 2 ** 32 + low;
}

/** Inputs as JSON; what is undefined is not given. */
export function inputsText(inputs) {
  if (inputs === undefined || inputs === null) return "{}";
  if (typeof inputs !== "object" || Array.isArray(inputs)) {
    throw refuse("host.bad-argument", "inputs are an object", "give { name: value }");
  }
  try {
    return JSON.stringify(inputs);
  } catch (cause) {
    throw refuse("host.bad-argument", `the inputs are no JSON: ${cause.message}`, "numbers beyond 2^53 go as text", cause);
  }
}

/** `headers: { name: value }`, or by source `{ source: { name: value } }`, in lines of three. */
export function runHeaders({ headers = {} }) {
  const lines = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "object" && value !== null) {
      for (const [inner, text] of Object.entries(value)) lines.push(name, inner, String(text));
    } else lines.push("", name, String(value));
  }
  return lines.map(oneLine).join("\n");
}

/** Header fields (pairs, Headers, or an object) in lines of name and value in turn. */
export function asLines(headers) {
  const pairs = headers?.[Symbol.iterator] ? headers : Object.entries(headers ?? {});
  const lines = [];
  for (const [name, value] of pairs) lines.push(oneLine(name), oneLine(value));
  return lines.join("\n");
}

const oneLine = (text) => String(text).replace(/[\r\n]+/g, " ");
