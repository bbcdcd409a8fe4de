// The ECR toolkit in Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as ecr from "spola/ecr";
import { sandbox } from "spola/sandbox";
import { WORKFLOWS } from "./workflows.mjs";

const region = "eu-central-1";
const { imageManifest } = WORKFLOWS["publish-image"];

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
