// Requests on their way: fetch, credentials, or a proxy that signs.

import { authorize } from "./authorize.js";
import { refuse } from "./error.js";
import { askProxy } from "./proxy.js";

/** Headers that a fetch sets itself. */
const OWN = new Set(["host", "content-length", "connection", "transfer-encoding"]);

/** Sends what a machine asks for, and tells what came of it as an event. */
export class Sender {
  #options;
  #fetch;
  #now;
  #known = new Map();
  #named;

  constructor(options) {
    this.#options = options;
    this.#fetch = options.fetch ?? globalThis.fetch?.bind(globalThis);
    if (!this.#fetch) throw refuse("host.no-fetch", "there is no fetch here", "give one: { fetch }");
    this.#now = options.now ?? this.#fetch.now ?? Date.now;
    this.#named = Object.values(endpoints(options)).map((url) => originOf(String(url)));
  }

  /** Sends one request; never rejects. */
  async send(effect, signal) {
    const began = performance.now();
    const elapsed = () => performance.now() - began;
    const fail = (reason, message) => failed(effect.id, reason, message, elapsed());
    const limit = new AbortController();
    const abort = () => limit.abort();
    signal.addEventListener("abort", abort, { once: true });
    const timer = effect.timeout === null ? undefined : setTimeout(abort, Math.min(effect.timeout, 2 ** 31 - 1));
    const gone = new Promise((_, reject) => limit.signal.addEventListener("abort", () => reject(ABORTED), { once: true }));
    gone.catch(() => {});
    try {
      const answer = await Promise.race([this.#ask(effect, limit.signal), gone]);
      return { ...answer, id: effect.id, elapsed: elapsed() };
    } catch (error) {
      if (error === ABORTED || limit.signal.aborted) {
        // Timers may be early by a hair; what is over is over.
        const spent = Math.max(elapsed(), effect.timeout ?? 0);
        return failed(effect.id, "timeout", `no answer from ${hostOf(effect.shownUrl)} within ${effect.timeout} ms`, spent);
      }
      return fail(error.reason ?? "other", error.message);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  async #ask(effect, signal) {
    if (this.#options.proxy) return askProxy(this.#fetch, this.#options.proxy, effect, signal);
    const request = await this.#authorized(effect);
    const response = await reach(this.#fetch, request, signal);
    if (response.type === "opaqueredirect") {
      throw problem("other", `${hostOf(effect.shownUrl)} answered with a redirect, which a browser does not show`);
    }
    const body = await readBody(response, effect.maxResponse);
    return { type: "response", status: response.status, headers: [...response.headers], body };
  }

  async #authorized(effect) {
    const { request, auth } = effect;
    if (!auth) return request;
    const credentials = await this.#credentials(auth);
    if (!credentials) return request;
    const allowPlainHttp = this.#named.includes(originOf(request.url));
    try {
      return authorize(request, auth, { ...credentials, allowPlainHttp }, this.#now());
    } catch (error) {
      throw problem("other", error.help ? `${error.message}; ${error.help}` : error.message);
    }
  }

  /** None where the request goes without. */
  async #credentials(auth) {
    const given = this.#options.auth?.[auth.source];
    const secret = typeof given === "function" ? await given({ source: auth.source }) : given;
    if (!auth.schemes.some((scheme) => scheme.type === "sigv4")) return secret === undefined ? undefined : { secret };
    if (auth.renew) this.#known.delete(auth.source);
    let { credentials } = this.#options;
    if (credentials === undefined && this.#fetch.takesAny) return undefined;
    if (typeof credentials === "function") {
      const { source } = auth;
      const ask = credentials;
      if (!this.#known.has(source)) this.#known.set(source, (async () => ask({ source, renew: Boolean(auth.renew) }))());
      try {
        credentials = await this.#known.get(source);
      } catch (error) {
        this.#known.delete(source);
        throw problem("other", `there are no credentials: ${error?.message ?? error}`);
      }
    }
    return { ...credentials, secret };
  }
}

const ABORTED = Symbol("aborted");

/** An event that tells that no answer came. */
export function failed(id, reason, message, elapsed) {
  return { type: "failed", id, reason, message, elapsed };
}

/** An error with the reason that an event tells. */
export function problem(reason, message) {
  return Object.assign(new Error(message), { reason });
}

/** Sends a request by fetch; what it throws has a reason. */
export async function reach(fetch, request, signal) {
  const headers = request.headers.filter(([name]) => !OWN.has(name.toLowerCase()));
  const bodyless = request.method === "GET" || request.method === "HEAD";
  const body = bodyless || !request.body?.length ? undefined : request.body;
  try {
    return await fetch(request.url, { method: request.method, headers, body, signal, redirect: "manual", cache: "no-store" });
  } catch (error) {
    throw problem(reasonOf(error), `${hostOf(request.url)}: ${wordsOf(error)}`);
  }
}

/** Reads a body up to a limit, and no further. */
export async function readBody(response, limit) {
  const tooLarge = () => problem("too-large", `the answer is larger than ${limit} bytes`);
  if (Number(response.headers.get("content-length") ?? 0) > limit && response.body) {
    response.body.cancel?.().catch(() => {});
    throw tooLarge();
  }
  if (!response.body) {
    const whole = new Uint8Array(await response.arrayBuffer());
    if (whole.length > limit) throw tooLarge();
    return whole;
  }
  const reader = response.body.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw problem("truncated", `the answer broke off: ${wordsOf(error)}`);
    });
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw tooLarge();
    }
    parts.push(value);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const REASONS = [
  [/^(ENOTFOUND|EAI_)/, "resolve"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|UND_ERR_CONNECT)/, "connect"],
  [/^(ETIMEDOUT|UND_ERR_(HEADERS|BODY)_TIMEOUT)/, "timeout"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)/, "reset"],
  [/(CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY)/, "tls"],
];

/** A browser does not say why: what can be said is that nobody was reached. */
function reasonOf(error) {
  if (error?.reason) return error.reason;
  const code = String(error?.cause?.code ?? error?.code ?? "");
  const known = REASONS.find(([pattern]) => pattern.test(code));
  return known?.[1] ?? (error instanceof TypeError ? "connect" : "other");
}

const wordsOf = (error) => error?.cause?.message || error?.message || String(error);

const hostOf = (url) => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

const originOf = (url) => {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
};

function endpoints({ endpoint, awsEndpoint }) {
  const all = {};
  for (const [at, given] of [endpoint, awsEndpoint].entries()) {
    if (given === undefined || given === null) continue;
    const one = typeof given === "string" || given instanceof URL;
    for (const [name, url] of one ? [["", given]] : Object.entries(given)) all[`${at} ${name}`] = url;
  }
  return all;
}

/** Reads a document for `load`. */
export async function readDocument(url, options) {
  const read = options.read ?? readers.find((one) => one.test(url))?.read;
  if (read) return { bytes: await read(url), finalUrl: url };
  const fetch = options.fetch ?? globalThis.fetch;
  const response = await fetch(url, { signal: options.signal });
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, finalUrl: response.url || url };
}

/** How an entry reads what no fetch can: files. */
export const readers = [];
