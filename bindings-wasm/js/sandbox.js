// The in-memory AWS as a fetch; its clock moves by waits alone.

import { Engine } from "./engine.js";

/**
 * Makes a sandbox: Amazon ECR and EC2 Image Builder in memory, as a `fetch`.
 * `state` is what an earlier one's `state()` gave; `empty` leaves the sample out.
 */
export async function sandbox({ state, empty = false, module, now = Date.now() } = {}) {
  await cloud.init(module);
  const held = state ? cloud.hold("sandbox_restored", [], state) : cloud.hold("sandbox", [empty]);
  let clock = now;
  const fetch = async (resource, init = {}) => {
    const request = new Request(resource, { ...init, duplex: "half" });
    init.signal?.throwIfAborted();
    const { hostname } = new URL(request.url);
    if (!cloud.ask("sandbox_stands_for", [], hostname)) {
      throw new TypeError(`${hostname} is not part of the sandbox: it answers for Amazon ECR and EC2 Image Builder only`);
    }
    const lines = [...new Headers(init.headers ?? request.headers)].flat().join("\n");
    const body = new Uint8Array(await request.arrayBuffer());
    const text = held.text("sandbox_handle", [clock], request.method, request.url, lines, body);
    if (text === undefined) throw new TypeError("this cannot be sent");
    const [status, ...fields] = text.split("\n");
    const headers = [];
    for (let at = 0; at + 1 < fields.length; at += 2) headers.push([fields[at], fields[at + 1]]);
    const bytes = held.bytes("sandbox_body");
    return new Response(bytes.length > 0 && status !== "204" ? bytes : null, { status: Number(status), headers });
  };
  return Object.assign(fetch, {
    /** Any credentials will do, or none. */
    takesAny: true,
    now: () => clock,
    sleep: async (delay) => void (clock += delay),
    state: () => held.bytes("sandbox_state"),
  });
}

const cloud = new Engine();

/** What an entry brings: where the module is. */
export const provide = (source) => cloud.provide(source);
