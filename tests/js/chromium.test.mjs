// The package in a browser page, under the strictest policy.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hasBrowser, launch, open, serve } from "./host.mjs";
import { conversations, root, shipped } from "./read.mjs";
import { BUNDLERS, developed } from "./bundlers.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const PAGE = "<!doctype html><title>spola</title><script type=module src=/page.js></script>";
const SCRIPT = `
import * as spola from "/spola/web.js";
import * as ecr from "/spola/ecr-web.js";
import { sandbox } from "/spola/sandbox-web.js";
import { play } from "/tests/conversations.mjs";
Object.assign(window, { spola, ecr, sandbox, play, here: true });
`;
const WORKER = `
import * as spola from "/spola/web.js";
import { sandbox } from "/spola/sandbox-web.js";
onmessage = async ({ data: { documents, id, inputs } }) => {
  const program = await spola.load(documents);
  const result = await program.run(id, inputs, { fetch: await sandbox(), region: "eu-central-1" });
  postMessage(result.outcome);
};
`;

describe("in a page", { skip: !hasBrowser && "there is no Chromium" }, () => {
  let server;
  let browser;
  let page;

  before(async () => {
    server = await serve({
      folders: { "/spola/": join(root, "bindings-wasm/dist"), "/tests/": join(root, "tests/js") },
      texts: { "/": PAGE, "/page.js": SCRIPT, "/worker.js": WORKER },
      routes: {
        "/moved": (_, answer) => answer.writeHead(302, { location: "/" }).end(),
        "/slow/": () => {},
      },
    });
    browser = await launch();
    page = await ready();
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  const ready = async (context = browser) => {
    const page = await open(context, server.url);
    await page.waitForFunction(() => window.here);
    return page;
  };

  test("the policy refuses nothing that the package does", () => assert.deepEqual(page.problems, []));

  for (const resumed of [false, true]) {
    test(`every conversation goes as in Node, ${resumed ? "resumed at every effect" : "straight"}`, async () => {
      const all = conversations();
      const failed = await page.evaluate(
        async ({ all, resumed }) => {
          const failed = [];
          for (const conversation of all) {
            await window.play(window.spola, conversation, resumed).catch((error) => failed.push(String(error)));
          }
          return failed;
        },
        { all, resumed },
      );
      assert.deepEqual(failed, []);
      assert.ok(all.length >= 91);
    });
  }

  for (const [id, inputs] of Object.entries(WORKFLOWS)) {
    test(`${id} runs on the sandbox in the page`, async () => {
      const result = await page.evaluate(
        async ({ documents, id, inputs }) => {
          const program = await window.spola.load(documents);
          const fetch = await window.sandbox();
          const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };
          return program.run(id, inputs, { fetch, region: "eu-central-1", credentials });
        },
        { documents: shipped(id), id, inputs },
      );
      assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    });
  }

  test("a workflow whose steps start operations of the toolkit runs, and goes on from the middle of one", async () => {
    const [paused, result] = await page.evaluate(async (documents) => {
      const program = await window.ecr.load(documents);
      const fetch = await window.sandbox();
      const pause = new AbortController();
      const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };
      let kept;
      const paused = await program.run(null, { source: "app:latest", repository: "team/copied" }, {
        fetch,
        credentials,
        region: "eu-central-1",
        signal: pause.signal,
        onSnapshot: (snapshot) => (kept = snapshot),
        onProgress: ({ kind }) => kind === "layer" && pause.abort(),
      });
      return [paused, await program.resume(kept, { inDoubt: "send" }).drive({ fetch, credentials })];
    }, shipped("copy-image"));
    assert.equal(paused.outcome, "interrupted");
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    assert.equal(result.outputs.repositoryChange, "created");
  });

  test("a run is paused, the page reloaded, and the run goes on", async () => {
    const page = await ready();
    const given = { documents: shipped("publish-image"), inputs: WORKFLOWS["publish-image"] };
    const paused = await page.evaluate(async ({ documents, inputs }) => {
      const program = await window.spola.load(documents);
      const fetch = await window.sandbox();
      const pause = new AbortController();
      let kept;
      const result = await program.run(null, inputs, {
        fetch,
        region: "eu-central-1",
        signal: pause.signal,
        onSnapshot: (snapshot) => (kept = snapshot),
        onProgress: ({ kind, stepId }) => kind === "step-started" && stepId === "putImage" && pause.abort(),
      });
      sessionStorage.run = new TextDecoder().decode(kept);
      sessionStorage.cloud = new TextDecoder().decode(fetch.state());
      return result;
    }, given);
    assert.equal(paused.outcome, "interrupted");
    await page.reload();
    await page.waitForFunction(() => window.here);
    const result = await page.evaluate(async ({ documents }) => {
      const program = await window.spola.load(documents);
      const fetch = await window.sandbox({ state: sessionStorage.cloud });
      const run = program.resume(new TextEncoder().encode(sessionStorage.run), { inDoubt: "send" });
      return run.drive({ fetch });
    }, given);
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    assert.ok(result.steps.every((step) => step.stepId !== "confirmRepository"), "what was done is not done again");
    await page.close();
  });

  test("a run is lost with its page, and goes on in another from what was kept", async () => {
    const context = await browser.newContext();
    const page = await ready(context);
    const given = { documents: shipped("image-inventory"), url: `${server.url}/slow` };
    await page.evaluate(async ({ documents, url }) => {
      const program = await window.spola.load(documents);
      const sent = new Promise((sent) => {
        window.running = program.run(null, { repositoryName: "app" }, {
          endpoint: url,
          region: "eu-central-1",
          credentials: { accessKeyId: "AKID", secretAccessKey: "s" },
          fetch: (...all) => (sent(), window.fetch(...all)),
          onSnapshot: (snapshot) => (localStorage.kept = new TextDecoder().decode(snapshot)),
        });
      });
      await sent;
    }, given);
    await page.close();
    const next = await ready(context);
    const { outcome, failure } = await next.evaluate(async ({ documents }) => {
      const program = await window.spola.load(documents);
      const run = program.resume(new TextEncoder().encode(localStorage.kept), { endpoint: "https://api.ecr.eu-central-1.amazonaws.com" });
      return run.drive({ fetch: await window.sandbox() });
    }, given);
    assert.equal(outcome, "succeeded", JSON.stringify(failure));
    await context.close();
  });

  test("a redirect, which a page cannot see, is a failure that says so", async () => {
    const event = await page.evaluate(async (url) => {
      const events = [];
      const send = { type: "send", id: 0, auth: null, timeout: null, maxResponse: 1000, shownUrl: url };
      const effects = [{ ...send, request: { method: "GET", url, headers: [], body: new Uint8Array() } }];
      const machine = { poll: () => effects.shift(), feed: (event) => events.push(event), outcome: null };
      Object.defineProperty(machine, "outcome", { get: () => events.length > 0 || null });
      await window.spola.drive(machine);
      return events[0];
    }, `${server.url}/moved`);
    assert.equal(event.reason, "other");
    assert.match(event.message, /redirect/);
  });

  for (const bundler of ["vite", "webpack"]) {
    test(`what ${bundler} builds runs`, async () => {
      const folder = await BUNDLERS[bundler]();
      const built = await serve({ folders: { "/": folder } });
      const page = await open(browser, `${built.url}/index.html`);
      const outcome = await page.waitForFunction(() => window.outcome).then((found) => found.jsonValue());
      assert.deepEqual([outcome, page.problems], ["succeeded", []]);
      await page.close();
      built.close();
    });
  }

  test("what Vite's development server gives runs", async () => {
    const served = await developed();
    const page = await open(browser, served.url);
    const outcome = await page.waitForFunction(() => window.outcome).then((found) => found.jsonValue());
    assert.deepEqual([outcome, page.problems], ["succeeded", []]);
    await page.close();
    await served.close();
  });

  test("a worker runs a workflow", async () => {
    const id = "publish-image";
    const outcome = await page.evaluate(
      (given) =>
        new Promise((done, failed) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => done(data);
          worker.onerror = (error) => failed(error);
          worker.postMessage(given);
        }),
      { documents: shipped(id), id, inputs: WORKFLOWS[id] },
    );
    assert.equal(outcome, "succeeded");
  });
});
