// The lean entry: programs out of bundles, nothing linked.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as spola from "spola";
import * as lean from "spola/lean";
import { bundled } from "./bundles.mjs";
import { play } from "./conversations.mjs";
import { conversations, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

/** The entry as the conversations use one: documents become a bundle first. */
const entry = { ...lean, load: (documents, options) => lean.load(bundled(documents, options)) };

describe("over bundles", () => {
  for (const conversation of conversations()) test(conversation.name, () => play(entry, conversation, true));
});

const bundle = bundled(shipped("image-inventory"));
const changed = (change) => {
  const value = JSON.parse(bundle.text);
  change(value);
  return value;
};
const refusal = async (source) => {
  const error = await lean.load(source).then(
    () => assert.fail("it is refused"),
    (error) => error,
  );
  assert.ok(error instanceof lean.SpolaError);
  assert.match(error.help, /bundle/);
  return error.code;
};

test("a program tells the same of itself in both entries", async () => {
  for (const id of Object.keys(WORKFLOWS)) {
    const documents = shipped(id);
    const whole = await spola.load(documents);
    assert.deepEqual((await lean.load(bundled(documents))).workflows, whole.workflows);
  }
});

test("a bundle is given by its address, as text, bytes or object", async () => {
  const { text } = bundle;
  const folder = mkdtempSync(join(tmpdir(), "spola-"));
  const path = join(folder, "b.json");
  writeFileSync(path, text);
  for (const source of [bundle, [bundle], { url: "b.json", text: new TextEncoder().encode(text) }, JSON.parse(text)]) {
    assert.equal((await lean.load(source)).workflows.length, 1);
  }
  for (const source of [path, pathToFileURL(path)]) assert.equal((await lean.load(source)).workflows.length, 1);
  rmSync(folder, { recursive: true });
});

test("a bundle that other tools have read and written is the same", async () => {
  const value = changed((value) => (value.info = Object.fromEntries(Object.entries(value.info).reverse())));
  const order = Object.fromEntries(Object.entries(value).reverse());
  assert.equal((await lean.load({ url: "b.json", text: JSON.stringify(order, null, 2) })).workflows.length, 1);
});

test("what is no bundle, or not any more, is refused with what to do", async () => {
  assert.equal(await refusal(shipped("image-inventory")), "linked.missing");
  assert.equal(await refusal({ url: "a.json", text: "[]" }), "linked.missing");
  assert.equal(await refusal(changed((value) => delete value["x-spola-linked"])), "linked.missing");
  assert.equal(await refusal(changed((value) => (value.workflows[0].steps[0].stepId = "other"))), "linked.stale");
  assert.equal(await refusal(changed((value) => (value["x-spola-linked"] = "AAAA"))), "linked.damaged");
  assert.equal(await refusal(changed((value) => (value["x-spola-linked"] = value["x-spola-linked"].slice(0, -40)))), "linked.damaged");
});

test("a pattern that only a run puts together is refused when it is loaded, a filled query is not", async () => {
  const over = (criterion) =>
    bundled([
      { url: "main.json", text: { arazzo: "1.0.1", info: { title: "T", version: "1" }, sourceDescriptions: [{ name: "api", url: "api.json" }], workflows: [
        { workflowId: "w", inputs: { type: "object", properties: { x: {} } }, steps: [{ stepId: "s", operationId: "get", successCriteria: [{ context: "$response.body", ...criterion }] }] },
      ] } },
      { url: "api.json", text: { openapi: "3.1.0", info: { title: "A", version: "1" }, servers: [{ url: "https://a.example" }], paths: { "/a": { get: { operationId: "get" } } } } },
    ]);
  for (const criterion of [
    { type: "regex", condition: "^{$inputs.x}$" },
    { type: "jsonpath", condition: "$[?match(@.a, '{$inputs.x}.*')]" },
    { type: "jsonpath", condition: "$[?match(@.a, @.b)]" },
    { type: "jsonpath", condition: "$[0:{$inputs.x}]" },
  ]) {
    await assert.rejects(lean.load(over(criterion)), { code: "linked.dynamic", help: /`spola`/ });
  }
  const program = await lean.load(over({ type: "jsonpath", condition: "$[?@.a == '{$inputs.x}' && @.n > {$inputs.n}]" }));
  const fetch = async () => Response.json([{ a: "it's", n: 3 }]);
  const ends = async (x, n) => (await program.run("w", { x, n }, { fetch })).outcome;
  assert.deepEqual([await ends("it's", 2), await ends("its", 2), await ends("it's", 3)], ["succeeded", "failed", "failed"]);
});

test("what cannot be read is told", async () => {
  await assert.rejects(lean.load("/nowhere/b.json"), { code: "document.unavailable", message: /\/nowhere\/b\.json/ });
  await assert.rejects(lean.load([]), { code: "host.bad-argument" });
});

test("where the request needs a key, a proxy is wanted", async () => {
  const program = await lean.load(bundle);
  const fetch = () => assert.fail("nothing is to be sent");
  const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };
  const { failure } = await program.run(null, { repositoryName: "app" }, { fetch, credentials, region: "eu-west-1", maxAttempts: 1 });
  assert.match(failure.message, /authorizes no requests.*proxy/);
});
