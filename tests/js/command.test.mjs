// The package beside the command line: runs that change hosts, and the proxy.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as spola from "spola";
import * as ecr from "spola/ecr";
import * as lean from "spola/lean";
import { sandbox } from "spola/sandbox";
import { proxied, spola as command } from "./command.mjs";
import { hasBrowser, launch, open, serve } from "./host.mjs";
import { root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const folder = mkdtempSync(join(tmpdir(), "spola-"));
const publish = "workflows/arazzo/publish-image.arazzo.yaml";
const region = "eu-central-1";
const inputs = WORKFLOWS["publish-image"];

/** Begins a run in JavaScript and stops it before its last request. */
async function begun(program, fetch) {
  const pause = new AbortController();
  let kept;
  await program.run(null, inputs, {
    fetch,
    region,
    signal: pause.signal,
    onSnapshot: (snapshot) => (kept = snapshot),
    onProgress: ({ kind, stepId }) => kind === "step-started" && stepId === "putImage" && pause.abort(),
  });
  return kept;
}

test("a run begun in JavaScript goes on in the command line", async () => {
  const program = await spola.load(shipped("publish-image"));
  const cloud = await sandbox();
  writeFileSync(join(folder, "js.run"), await begun(program, cloud));
  writeFileSync(join(folder, "js.cloud"), cloud.state());
  const state = ["--sandbox-state", join(folder, "js.cloud")];
  const { status, stdout, stderr } = command(["run", publish, "--resume", join(folder, "js.run"), ...state, "--in-doubt", "send", "--json"]);
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout);
  assert.equal(result.outcome, "succeeded");
  assert.ok(result.steps.every(({ stepId }) => stepId !== "confirmRepository"), "what was done is not done again");
});

test("a run begun in the command line goes on in JavaScript", async () => {
  writeFileSync(join(folder, "inputs.json"), JSON.stringify({ ...inputs, repositoryName: "app" }));
  const kept = join(folder, "cli.run");
  // While this process waits for the command, its server answers nobody.
  const silent = await serve({});
  const args = ["run", publish, "--inputs", join(folder, "inputs.json"), "--endpoint", silent.url];
  const { status } = command([...args, "--region", region, "--snapshot", kept, "--timeout", "300ms"]);
  silent.close();
  assert.equal(status, 1);
  const program = await spola.load(shipped("publish-image"));
  const endpoint = `https://api.ecr.${region}.amazonaws.com`;
  const run = program.resume(readFileSync(kept), { endpoint, inDoubt: "send" });
  const result = await run.drive({ fetch: await sandbox() });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
});

test("a run goes on over a bundle of the same document, in the lean entry", async () => {
  const bundle = join(folder, "bundle.json");
  const made = command(["bundle", publish, "-o", bundle]);
  assert.equal(made.status, 0, made.stderr);
  const cloud = await sandbox();
  const kept = await begun(await spola.load(shipped("publish-image")), cloud);
  const program = await lean.load([{ url: "bundle.json", text: readFileSync(bundle) }]);
  const result = await program.resume(kept, { inDoubt: "send" }).drive({ fetch: cloud });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
});

describe("through the proxy", () => {
  let served;
  let all;

  before(async () => {
    served = await serve({ folders: { "/spola/": join(root, "bindings-wasm/dist") }, texts: { "/": "<!doctype html>" }, policy: "connect-src *" });
    all = await proxied(served.url);
  });
  after(() => (all.stop(), served.close()));

  for (const [id, inputs] of Object.entries(WORKFLOWS)) {
    test(`${id} runs without a key`, async () => {
      const program = await spola.load(shipped(id));
      const result = await program.run(id, inputs, { proxy: all.proxy, region, sleep: async () => {}, maxSteps: 60 });
      if (id === "create-image-and-poll") {
        // A build takes minutes of the server's own clock.
        assert.ok(["succeeded", "failed"].includes(result.outcome));
        assert.ok(result.steps.every(({ status }) => status === 200));
      } else assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    });
  }

  test("the lean entry runs a bundle", async () => {
    const bundle = join(folder, "lean.json");
    assert.equal(command(["bundle", publish, "-o", bundle]).status, 0);
    const program = await lean.load([{ url: "lean.json", text: readFileSync(bundle) }]);
    const result = await program.run(null, inputs, { proxy: all.proxy, region });
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  });

  test("the toolkit's operations run, alone and started by a step", async () => {
    const options = { proxy: all.proxy, region };
    const listed = await ecr.listImages({ repository: "app" }).run(options);
    assert.equal(listed.outcome, "succeeded", JSON.stringify(listed.failure));
    const program = await ecr.load(shipped("copy-image"));
    const result = await program.run(null, { source: "app:latest", repository: "team/node" }, options);
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  });

  test("a wrong token, and a proxy that is none, are told", async () => {
    const program = await spola.load(shipped("image-inventory"));
    const failing = async (proxy) => {
      const { failure } = await program.run(null, { repositoryName: "app" }, { proxy, region, maxAttempts: 1 });
      return failure.message;
    };
    assert.match(await failing({ ...all.proxy, token: "wrong" }), /the proxy refused: .*token/);
    assert.match(await failing({ url: served.url, token: "t" }), /what answered is no spola proxy/);
    assert.match(await failing({ url: "http://127.0.0.1:1", token: "t" }), /127\.0\.0\.1:1/);
  });

  test("a page of a named origin runs a workflow", { skip: !hasBrowser && "there is no Chromium" }, async () => {
    const browser = await launch();
    const page = await open(browser, served.url);
    const result = await page.evaluate(
      async ({ documents, inputs, proxy, region }) => {
        const { load } = await import("/spola/web.js");
        const program = await load(documents);
        return program.run(null, inputs, { proxy, region });
      },
      { documents: shipped("publish-image"), inputs, proxy: all.proxy, region },
    );
    await browser.close();
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  });

  test("a page of a named origin uses the toolkit", { skip: !hasBrowser && "there is no Chromium" }, async () => {
    const browser = await launch();
    const page = await open(browser, served.url);
    const results = await page.evaluate(
      async ({ documents, options }) => {
        const { describeImage, load } = await import("/spola/ecr-web.js");
        const described = await describeImage({ image: "app:latest" }).run(options);
        const program = await load(documents);
        const inputs = { source: "app:latest", repository: "team/page" };
        return [described, await program.run(null, inputs, options)];
      },
      { documents: shipped("copy-image"), options: { proxy: all.proxy, region } },
    );
    await browser.close();
    for (const { outcome, failure } of results) assert.equal(outcome, "succeeded", JSON.stringify(failure));
  });
});
