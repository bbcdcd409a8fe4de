// The ECR toolkit in Node.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import * as plain from "spola";
import * as ecr from "spola/ecr";
import * as lean from "spola/lean";
import { sandbox } from "spola/sandbox";
import { bundled } from "./bundles.mjs";
import { root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const region = "eu-central-1";
const { imageManifest } = WORKFLOWS["publish-image"];
const COPY = join(root, "workflows/arazzo/copy-image.arazzo.yaml");
const inputs = { source: "app:latest", repository: "team/copied", tags: ["v2"], mutability: "IMMUTABLE" };
const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };

test("names are read, whole or short, and refused with what would be right", async () => {
  await ecr.init();
  const name = ecr.name("team/app:v1", { account: "123456789012", region });
  assert.equal(name.uri, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app:v1");
  assert.equal(name.arn, "arn:aws:ecr:eu-central-1:123456789012:repository/team/app");
  assert.deepEqual([name.repository, name.tag, name.digest], ["team/app", "v1", null]);
  assert.throws(() => ecr.name("team/app:v1"), { name: "SpolaError", code: "ecr.missing-registry" });
});

test("a repository is ensured, an image put, tagged, listed and deleted", async () => {
  const options = { fetch: await sandbox(), region };
  const ensured = await ecr.ensureRepository({ repository: "team/worker" }).run(options);
  assert.equal(ensured.outcome, "succeeded", JSON.stringify(ensured.failure));
  assert.equal(ensured.workflowId, "ensure-repository");
  const listed = await ecr.listImages({ repository: "app" }).run(options);
  assert.equal(listed.outcome, "succeeded", JSON.stringify(listed.failure));
  assert.ok(JSON.stringify(listed.outputs).includes("sha256:"));
  const put = await ecr.putImage({ repository: "team/worker", tag: "v9", manifest: imageManifest }).run(options);
  assert.equal(put.outcome, "succeeded", JSON.stringify(put.failure));
  const tagged = await ecr.tagImage({ image: "team/worker:v9", tags: ["v10"] }).run(options);
  assert.equal(tagged.outcome, "succeeded", JSON.stringify(tagged.failure));
  const found = await ecr.describeImage({ image: "team/worker:v10" }).run(options);
  assert.ok(JSON.stringify(found.outputs).includes('"v9"'));
});

test("what is not there is a failure that says so", async () => {
  const result = await ecr.describeRepository({ repository: "nowhere" }).run({ fetch: await sandbox(), region });
  assert.equal(result.outcome, "failed");
  assert.match(result.failure.message, /nowhere/);
});

test("an image is copied, with the credentials of each side", async () => {
  const wanted = new Set();
  const result = await ecr.copyImage({ source: "app:latest", destination: "team/worker" }).run({
    fetch: await sandbox(),
    region,
    credentials: ({ source }) => (wanted.add(source), { accessKeyId: "AKID", secretAccessKey: "s" }),
  });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  assert.ok(wanted.size >= 1, [...wanted].join());
});

test("an operation is paused and goes on from its snapshot", async () => {
  const fetch = await sandbox();
  const pause = new AbortController();
  let kept;
  const first = await ecr.listImages({ repository: "app" }).run({
    fetch: (...all) => (pause.abort(), fetch(...all)),
    credentials: { accessKeyId: "AKID", secretAccessKey: "s" },
    region,
    signal: pause.signal,
    onSnapshot: (snapshot) => (kept = snapshot),
  });
  assert.equal(first.outcome, "interrupted", JSON.stringify(first.failure));
  const result = await ecr.resume(kept).drive({ fetch });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
});

test("wrong arguments are told by name", async () => {
  await assert.rejects(async () => ecr.copyImage({ form: "x" }).run({ region }), { code: "ecr.invalid-arguments" });
  assert.throws(() => new ecr.Operation("copy-imge").start({ region }), /copy-imge/);
});

test("a workflow's steps start operations", async () => {
  const fetch = await sandbox();
  const program = await ecr.load(COPY);
  const asked = [];
  const send = (url, request) => (asked.push(new URL(url).hostname), fetch(url, request));
  const result = await program.run(null, inputs, { fetch: send, credentials, region });
  assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
  assert.equal(result.outputs.repositoryChange, "created");
  assert.match(result.outputs.image, /team\/copied/);
  assert.deepEqual(result.steps.map(({ stepId }) => stepId), ["ensureRepository", "copyImage", "verifyImage"]);
  assert.ok(asked.length > 3 && asked.every((host) => host.endsWith(".amazonaws.com")), asked.join());
  const again = await program.run(null, inputs, { fetch, credentials, region });
  assert.deepEqual([again.outputs.repositoryChange, again.outputs.bytesMoved], ["unchanged", 0]);
  assert.equal(again.outputs.imageDigest, result.outputs.imageDigest);
});

test("such a workflow goes on wherever it was killed, and makes nothing twice", async () => {
  const whole = await killed(Infinity);
  assert.equal(whole.result.outcome, "succeeded", JSON.stringify(whole.result.failure));
  const needed = whole.answered.length;
  for (let at = 0; at < needed; at++) {
    const { kept, fetch, answered } = await killed(at);
    // Another page, later: all that is left are the bytes.
    const result = await (await ecr.load(COPY)).resume(kept, { inDoubt: "send" }).drive({ fetch, credentials });
    assert.equal(result.outcome, "succeeded", `killed after ${at} answers: ${JSON.stringify(result.failure)}`);
    assert.equal(result.outputs.repositoryChange, "created");
    assert.equal(result.outputs.imageDigest, whole.result.outputs.imageDigest);
    const made = (all) => all.filter((one) => /^(Create|Put)/.test(one)).sort();
    assert.deepEqual(made(answered), made(whole.answered), `killed after ${at} answers`);
  }
});

/** A run of the workflow whose host dies after so many answers. */
async function killed(at) {
  const answer = await sandbox();
  const { sleep } = answer;
  const answered = [];
  const fetch = (url, request) => {
    answered.push(new Headers(request.headers).get("x-amz-target")?.split(".").pop());
    return answer(url, request);
  };
  const stop = new AbortController();
  const dying = (...request) => {
    if (answered.length < at) return fetch(...request);
    // What was answered before is seen first.
    setTimeout(() => stop.abort());
    return new Promise(() => {});
  };
  let kept;
  const result = await (await ecr.load(COPY)).run(null, inputs, {
    fetch: Object.assign(dying, { sleep }),
    credentials,
    region,
    signal: stop.signal,
    onSnapshot: (snapshot) => (kept = snapshot),
  });
  return { result, kept, fetch: Object.assign(fetch, { sleep }), answered };
}

test("an entry without the toolkit sends nothing in its place, and says which entry has it", async () => {
  for (const program of [await plain.load(COPY), await lean.load(bundled(shipped("copy-image")))]) {
    const fetch = () => assert.fail("nothing is to be sent");
    const result = await program.run(null, inputs, { fetch, credentials, region });
    assert.equal(result.outcome, "failed");
    assert.deepEqual([result.failure.code, result.failure.stepId], ["run.unsupported-operation", "ensureRepository"]);
    assert.match(result.failure.message, /`ecr\.ensure-repository`.*load the document from `spola\/ecr`/);
  }
});

test("a snapshot with an operation in its middle names the entry that goes on with it", async () => {
  const { kept } = await killed(2);
  for (const program of [await plain.load(COPY), await lean.load(bundled(shipped("copy-image")))]) {
    assert.throws(() => program.resume(kept), { code: "run.unsupported-operation", help: /`spola\/ecr`/ });
  }
  const program = await ecr.load(COPY);
  for (const damaged of [kept.subarray(0, kept.length - 1), new TextEncoder().encode('{"spolaWorkflow":1}')]) {
    assert.throws(() => program.resume(damaged), { code: "run.damaged-snapshot" });
  }
});

test("a machine with an operation under way says what it owes, and takes no other answer", async () => {
  const program = await ecr.load(COPY);
  const run = program.start(null, inputs, { region });
  let send;
  for (let effect; (effect = run.poll()); ) if (effect.type === "send") send = effect;
  assert.match(send.request.url, /ecr/);
  assert.throws(() => run.feed({ type: "elapsed", id: send.id }), { code: "run.wrong-event" });
  assert.throws(() => run.feed({ type: "elapsed", id: 0 }), { code: "run.unknown-call" });
  run.feed({ type: "cancel", reason: "user" });
  assert.equal(run.poll().type, "abort");
  while (run.poll());
  assert.equal(run.outcome.outcome, "interrupted");
  run[Symbol.dispose ?? "dispose"]();
  assert.throws(() => run.poll(), { code: "host.disposed" });
});

test("a page that loads no document loads the toolkit's module alone", () => {
  const script = `
    import { name } from "spola/ecr";
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { readFileSync } = fs;
    const read = [];
    fs.readFileSync = (...all) => (read.push(String(all[0]).split("/").pop()), readFileSync(...all));
    syncBuiltinESMExports();
    name("app", { account: "123456789012", region: "eu-central-1" });
    console.log(read.join());
  `;
  const args = ["--input-type=module", "--eval", script];
  assert.equal(execFileSync(process.execPath, args, { cwd: join(root, "tests/js"), encoding: "utf8" }).trim(), "ecr.wasm");
});
