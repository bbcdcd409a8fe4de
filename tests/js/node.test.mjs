// The package in Node: loading, running, authorizing, refusing.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { test } from "node:test";
import * as spola from "spola";
import { sandbox } from "spola/sandbox";
import { parse } from "yaml";
import { read, root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const region = "eu-central-1";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** A description with one operation, and a workflow that calls it. */
const ping = (server, more = "") => [
  {
    url: "ping.arazzo.yaml",
    text: `
arazzo: 1.0.1
info: {title: Ping, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml}]
workflows:
- workflowId: ping
  inputs: {type: object, properties: {name: {type: string}}}
  steps:
  - {stepId: ping, operationId: ping, ${more} outputs: {answer: $response.body}}
  outputs: {answer: $steps.ping.outputs.answer}
`,
  },
  {
    url: "api.yaml",
    text: `
openapi: 3.1.0
info: {title: Ping, version: "1"}
servers: [{url: "${server}"}]
paths: {/ping: {get: {operationId: ping}}}
`,
  },
];

const json = (value, init) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });

async function served(handle, use) {
  const server = createServer(handle);
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

for (const [id, inputs] of Object.entries(WORKFLOWS)) {
  test(`${id} runs on the sandbox`, async () => {
    const program = await spola.load(pathToFileURL(join(root, `workflows/arazzo/${id}.arazzo.yaml`)));
    const fetch = await sandbox();
    const result = await program.run(id, inputs, { fetch, region, credentials });
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    assert.equal(result.workflowId, id);
    assert.ok(result.steps.length > 0 && result.steps.every((step) => step.status === 200));
  });
}

test("a sandbox goes on from its state", async () => {
  const program = await spola.load(shipped("publish-image"));
  const first = await sandbox({ now: 1_800_000_000_000 });
  await program.run(null, WORKFLOWS["publish-image"], { fetch: first, region });
  const second = await sandbox({ state: first.state() });
  const again = await program.run(null, WORKFLOWS["publish-image"], { fetch: second, region });
  assert.equal(again.outcome, "succeeded");
  assert.ok(!again.steps.some((step) => step.stepId === "putImage"), "it was there already");
});

test("a sandbox answers for AWS alone", async () => {
  const program = await spola.load(ping("https://api.example"));
  const { failure } = await program.run("ping", {}, { fetch: await sandbox() });
  assert.match(failure.message, /api\.example is not part of the sandbox/);
});

test("require gives the same package", async () => {
  const required = createRequire(import.meta.url)("spola");
  const program = await required.load(ping("https://api.example"));
  const result = await program.run("ping", {}, { fetch: async () => json([1]) });
  assert.deepEqual(result.outputs, { answer: [1] });
  assert.equal(typeof createRequire(import.meta.url)("spola/sandbox").sandbox, "function");
});

test("the bare machine asks and is answered", async () => {
  const program = await spola.load(ping("https://api.example"));
  const run = program.start("ping", { name: "x" });
  const kinds = [];
  for (let effect; (effect = run.poll()); ) {
    kinds.push(effect.kind ?? effect.type);
    if (effect.type === "send") {
      assert.equal(effect.request.url, "https://api.example/ping");
      assert.equal(effect.repeat, "safe");
      const body = new TextEncoder().encode('{"ok":true}');
      run.feed({ type: "response", id: effect.id, status: 200, headers: { "content-type": "application/json" }, body });
    }
  }
  assert.deepEqual(kinds, ["step-started", "attempt", "send", "answered", "criterion", "outputs", "action", "done"].filter((kind) => kinds.includes(kind)));
  assert.equal(run.outcome.outcome, "succeeded");
  assert.equal(run.steps.length, 1);
});

test("workflows and findings are shown", async () => {
  const program = await spola.load(shipped("image-inventory"));
  const [workflow] = program.workflows;
  assert.equal(workflow.workflowId, "image-inventory");
  assert.equal(workflow.inputs.type, "object");
  assert.ok(workflow.steps.every((step) => step.operationId));
  assert.ok(Array.isArray(program.lint()));
});

test("progress can be iterated over, and the result awaited", async () => {
  const program = await spola.load(ping("https://api.example"));
  const running = program.run("ping", {}, { fetch: async () => json({}) });
  const kinds = [];
  for await (const progress of running) kinds.push(progress.kind);
  assert.equal(kinds[0], "step-started");
  assert.equal(kinds.at(-1), "action");
  assert.equal((await running).outcome, "succeeded");
});

test("requests are signed with credentials that are fetched anew once expired", async () => {
  const program = await spola.load(shipped("image-inventory"));
  const asked = [];
  const seen = [];
  const fetch = async (url, { headers }) => {
    const signed = new Headers(headers);
    seen.push(signed.get("x-amz-security-token"));
    assert.match(signed.get("authorization"), /^AWS4-HMAC-SHA256 Credential=AKID\/20\d{6}\/eu-central-1\/ecr\/aws4_request/);
    if (seen.length === 1) return json({ __type: "ExpiredTokenException" }, { status: 400 });
    return json({ imageDetails: [], imageIds: [], repositories: [{ repositoryName: "app" }] });
  };
  const result = await program.run(null, { repositoryName: "app" }, {
    fetch,
    region,
    credentials: async ({ renew }) => {
      asked.push(renew);
      return { accessKeyId: "AKID", secretAccessKey: "s", sessionToken: `t${asked.length}` };
    },
  });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(seen.slice(0, 2), ["t1", "t2"]);
});

test("authorize gives the signature of AWS's own example", async () => {
  await spola.init();
  const request = { method: "GET", url: "https://example.amazonaws.com/", headers: [], body: new Uint8Array() };
  const auth = { source: "s", schemes: [{ type: "sigv4", service: "service", region: "us-east-1" }] };
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const signed = spola.authorize(request, auth, keys, Date.UTC(2015, 7, 30, 12, 36));
  const { authorization } = Object.fromEntries(signed.headers);
  assert.match(authorization, /Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/);
  assert.deepEqual(request.headers, []);
});

test("an abort interrupts a request that never settles", async () => {
  const program = await spola.load(ping("https://api.example"));
  const controller = new AbortController();
  const snapshots = [];
  const running = program.run("ping", {}, {
    fetch: () => (queueMicrotask(() => controller.abort()), new Promise(() => {})),
    signal: controller.signal,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
  });
  assert.equal((await running).outcome, "interrupted");
  const resumed = program.resume(snapshots.at(-1));
  const result = await resumed.drive({ fetch: async () => json("late") });
  assert.equal(result.outcome, "succeeded");
  assert.equal(result.outputs.answer, "late");
});

test("a time limit for the whole run fails it", async () => {
  const program = await spola.load(ping("https://api.example"));
  const result = await program.run("ping", {}, { fetch: () => new Promise(() => {}), timeout: 1 });
  assert.equal(result.failure.code, "run.timeout");
});

test("a step's own timeout ends a request that never settles", async () => {
  const documents = ping("https://api.example", "timeout: 5,");
  documents[0].text = documents[0].text.replace("1.0.1", "1.1.0");
  const program = await spola.load(documents);
  const result = await program.run("ping", {}, { fetch: () => new Promise(() => {}) });
  assert.equal(result.failure.code, "run.step-timeout");
});

test("an answer above the limit is not read on", async () => {
  const program = await spola.load(ping("https://api.example"));
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull: (stream) => (pulled++, stream.enqueue(new Uint8Array(1000))),
    cancel: () => void (cancelled = true),
  });
  const result = await program.run("ping", {}, { fetch: async () => new Response(body), maxResponse: 5000 });
  assert.match(result.failure.message, /larger than 5000 bytes/);
  assert.ok(cancelled && pulled < 10, `${pulled}`);
});

test("what keeps Node from a server is told by its reason", async () => {
  const reason = async (server) => {
    const program = await spola.load(ping(server));
    const run = program.start("ping", {});
    const events = [];
    const watched = {
      poll: () => run.poll(),
      feed: (event) => (events.push(event), run.feed(event)),
      get outcome() {
        return run.outcome;
      },
      snapshot: () => run.snapshot(),
    };
    await spola.drive(watched);
    return events[0].reason;
  };
  assert.equal(await reason("http://127.0.0.1:1"), "connect");
  assert.equal(await reason("http://nowhere.invalid"), "resolve");
  await served((_, answer) => answer.destroy(), async (url) => assert.equal(await reason(url), "reset"));
  const broken = (_, answer) => {
    answer.writeHead(200, { "content-length": "100" });
    answer.write("x", () => answer.destroy());
  };
  await served(broken, async (url) => assert.equal(await reason(url), "truncated"));
});

test("a redirect is an answer, not followed", async () => {
  const redirect = (_, answer) => answer.writeHead(302, { location: "/elsewhere" }).end();
  await served(redirect, async (url) => {
    const program = await spola.load(ping(url));
    const result = await program.run("ping");
    assert.deepEqual(result.steps.map((step) => step.status), [302]);
  });
});

test("a wrong document is refused with all that is wrong", async () => {
  const [workflow, description] = ping("https://api.example");
  const text = workflow.text.replace("operationId: ping", "operationId: pong");
  const error = await spola.load([{ url: workflow.url, text }, description]).catch((error) => error);
  assert.ok(error instanceof spola.SpolaError && error instanceof Error);
  assert.equal(error.code, "link.unknown-operation");
  assert.equal(error.location.document, "ping.arazzo.yaml");
  assert.match(error.help, /did you mean `ping`/);
  assert.ok(error.diagnostics.length >= 1);
});

test("documents may be objects, and need not be YAML", async () => {
  const documents = ping("https://api.example").map(({ url, text }) => ({ url, text: parse(text) }));
  const program = await spola.load(documents);
  assert.equal(program.workflows[0].workflowId, "ping");
});

test("a document that cannot be had is named with its reason", async () => {
  const missing = await spola.load(join(root, "nowhere.arazzo.yaml")).catch((error) => error);
  assert.match(missing.message + missing.cause, /ENOENT/);
  const remote = await spola.load("https://docs.example/a.yaml", { fetch: async () => new Response("", { status: 404 }) }).catch((error) => error);
  assert.match(remote.message, /404/);
  await assert.rejects(spola.load([]), { code: "host.bad-argument" });
});

test("a redirected document's last address is the base of what it names", async () => {
  const [workflow, description] = ping("https://api.example");
  const asked = [];
  const fetch = async (url) => {
    asked.push(url);
    const moved = url === "https://a.example/start.yaml";
    const response = new Response(moved ? workflow.text : description.text);
    Object.defineProperty(response, "url", { value: moved ? "https://b.example/deep/start.yaml" : url });
    return response;
  };
  await spola.load("https://a.example/start.yaml", { fetch });
  assert.deepEqual(asked, ["https://a.example/start.yaml", "https://b.example/deep/api.yaml"]);
});

test("misuse is a SpolaError and changes nothing", async () => {
  const program = await spola.load(ping("https://api.example"));
  const run = program.start("ping");
  const refused = (work, code) => assert.throws(work, (error) => error instanceof spola.SpolaError && error.code === code);
  refused(() => run.feed({ type: "elapsed", id: 7 }), "run.unknown-call");
  refused(() => run.feed({ type: "elapsed", id: -1.5 }), "run.unknown-call");
  refused(() => run.feed({ type: "nothing" }), "host.bad-event");
  refused(() => run.feed(null), "host.bad-event");
  refused(() => program.start("pong"), "run.unknown-workflow");
  refused(() => program.start("ping", ["x"]), "host.bad-argument");
  refused(() => program.start("ping", { name: 1 }), "run.invalid-inputs");
  refused(() => program.start("ping", { name: 1n }), "host.bad-argument");
  refused(() => program.start("ping", {}, { maxSteps: -1 }), "host.bad-option");
  refused(() => program.start("ping", {}, { pollInterval: "2s" }), "host.bad-option");
  refused(() => program.start("ping", {}, { headers: { "bad name": "x" } }), "host.bad-option");
  const circle = {};
  circle.circle = circle;
  refused(() => program.start("ping", circle), "host.bad-argument");
  assert.equal(run.poll().kind, "step-started");
  run[Symbol.dispose ?? "dispose"]();
  refused(() => run.poll(), "host.disposed");
});

test("a snapshot that is cut or of another program is refused", async () => {
  const program = await spola.load(ping("https://api.example"));
  const other = await spola.load(shipped("image-inventory"));
  const snapshot = program.start("ping").snapshot();
  for (let length = 0; length < snapshot.length; length += 7) {
    assert.throws(() => program.resume(snapshot.slice(0, length)), { code: "run.damaged-snapshot" });
  }
  assert.throws(() => other.resume(snapshot), { code: "run.foreign-snapshot" });
  assert.equal(program.resume(snapshot).poll().kind, "step-started");
});

test("a host that misbehaves fails the step, not the loop", async () => {
  const program = await spola.load(ping("https://api.example"));
  for (const fetch of [
    () => { throw new Error("thrown"); },
    async () => { throw undefined; },
    async () => undefined,
    async () => ({ status: "x" }),
  ]) {
    const result = await program.run("ping", {}, { fetch });
    assert.equal(result.outcome, "failed");
  }
});

test("what a callback throws is thrown, and ends the run", async () => {
  const program = await spola.load(ping("https://api.example"));
  const onProgress = () => { throw new Error("mine"); };
  await assert.rejects(async () => program.run("ping", {}, { fetch: async () => json(1), onProgress }), /mine/);
});

test("headers of the host are sent to the source that they are for", async () => {
  const program = await spola.load(ping("https://api.example"));
  let sent;
  const fetch = async (_, { headers }) => ((sent = new Headers(headers)), json(1));
  await program.run("ping", {}, { fetch, headers: { "x-all": "1", api: { "x-one": "2" }, other: { "x-none": "3" } } });
  assert.deepEqual([sent.get("x-all"), sent.get("x-one"), sent.get("x-none")], ["1", "2", null]);
});
