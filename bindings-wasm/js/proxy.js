// A proxy that signs: the page has no key, only a token.

import { problem, reach, readBody } from "./transport.js";

/** Room for the first line of an answer: status and header fields. */
const HEAD = 1 << 20;

/** Hands an unsigned request with what authorization it needs to the proxy. */
export async function askProxy(fetch, { url, token }, effect, signal) {
  const { request, auth, timeout, maxResponse } = effect;
  const head = { method: request.method, url: request.url, headers: request.headers, auth, timeout, maxResponse };
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const body = new Uint8Array(line.length + (request.body?.length ?? 0));
  body.set(line);
  if (request.body) body.set(request.body, line.length);
  const headers = [
    ["authorization", `Bearer ${token}`],
    ["content-type", "application/vnd.spola.request"],
  ];
  const response = await reach(fetch, { method: "POST", url: String(url), headers, body }, signal);
  const answer = await readBody(response, maxResponse + HEAD);
  if (response.status !== 200) throw problem("other", refusal(response.status, answer));
  const end = answer.indexOf(10);
  const told = end < 0 ? undefined : parsed(answer.subarray(0, end));
  if (told?.failed) throw problem(String(told.failed.reason), String(told.failed.message));
  if (!Number.isInteger(told?.status) || !Array.isArray(told.headers)) {
    throw problem("other", "what answered is no spola proxy");
  }
  const rest = answer.subarray(end + 1);
  if (rest.length > maxResponse) throw problem("too-large", `the answer is larger than ${maxResponse} bytes`);
  return { type: "response", status: told.status, headers: told.headers, body: rest };
}

function refusal(status, answer) {
  const { message, help } = parsed(answer) ?? {};
  if (!message) return `the proxy answered with status ${status}`;
  return `the proxy refused: ${message}${help ? `; ${help}` : ""}`;
}

function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
