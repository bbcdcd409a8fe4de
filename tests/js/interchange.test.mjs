// A run that begins in one host goes on in another: JavaScript and the command line.

import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { load } from "spola";
import { root } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const program = join(root, "target/debug/spola");
const ID = "publish-image";
const document = join(root, `workflows/arazzo/${ID}.arazzo.yaml`);
const REGION = "eu-central-1";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const environment = { ...process.env, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: REGION };

describe("a run goes on in another host", () => {
  let folder;
  let sandbox;
  let url;

  before(async () => {
    execFileSync("cargo", ["build", "--quiet", "-p", "spola-cli"], { cwd: root });
    folder = mkdtempSync(join(tmpdir(), "spola-"));
    sandbox = spawn(program, ["sandbox", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
    url = await new Promise((resolve) => sandbox.stderr.on("data", (text) => resolve(/http:\S+/.exec(text)[0])));
  });

  after(() => {
    sandbox?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const inputs = (imageTag) => ({ ...WORKFLOWS[ID], imageTag });

  test("from JavaScript to the command line, over a bundle", async () => {
    const run = (await load(document)).start(ID, inputs("from-js"), { region: REGION, awsEndpoint: url });
    const snapshots = [];
    // It stops where the second request would go out.
    let left = 1;
    const fetch = async (...given) => (left-- > 0 ? globalThis.fetch(...given) : new Promise(() => {}));
    const stop = new AbortController();
    const onSnapshot = (snapshot) => {
      snapshots.push(snapshot);
      if (left < 0) stop.abort();
    };
    setTimeout(() => stop.abort(), 5_000).unref();
    const { outcome } = await run.drive({ fetch, credentials, signal: stop.signal, onSnapshot });
    assert.equal(outcome, "interrupted");
    const bundle = join(folder, "bundle.json");
    execFileSync(program, ["bundle", document, "-o", bundle]);
    const state = join(folder, "from-js.state");
    writeFileSync(state, snapshots.at(-1));
    const env = { ...environment, AWS_ENDPOINT_URL: url };
    const { stdout } = await promisify(execFile)(program, ["run", bundle, "--resume", state, "--json", "-q"], { env });
    const result = JSON.parse(stdout);
    assert.equal(result.outcome, "succeeded");
    assert.equal(result.outputs.image.imageId.imageTag, "from-js");
    assert.ok(!result.steps.some(({ stepId }) => stepId === "confirmRepository"), "what was done is not done again");
  });

  test("from the command line to JavaScript, over a bundle", async () => {
    // Passes the first request on, and never answers the second.
    let left = 1;
    const half = createServer((request, answer) => {
      if (left-- <= 0) return stopped();
      const onward = ask(new URL(request.url, url), { method: request.method, headers: request.headers });
      onward.on("response", (response) => response.pipe(answer.writeHead(response.statusCode, response.headers)));
      request.pipe(onward);
    });
    await new Promise((listening) => half.listen(0, "127.0.0.1", listening));
    const state = join(folder, "from-cli.state");
    const given = Object.entries(inputs("from-cli")).flatMap(([name, value]) => ["-i", `${name}=${value}`]);
    const env = { ...environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${half.address().port}` };
    let stopped;
    const second = new Promise((resolve) => (stopped = resolve));
    const command = spawn(program, ["run", document, "--snapshot", state, "-q", ...given], { env, stdio: "ignore" });
    await second;
    command.kill("SIGKILL");
    half.closeAllConnections();
    half.close();
    const text = execFileSync(program, ["bundle", document]);
    const over = await load([{ url: "https://console.example/bundle.json", text }]);
    const run = over.resume(readFileSync(state), { awsEndpoint: { ecr: url }, inDoubt: "send" });
    const result = await run.drive({ credentials });
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    assert.equal(result.outputs.image.imageId.imageTag, "from-cli");
    assert.ok(!result.steps.some(({ stepId }) => stepId === "confirmRepository"), "what was done is not done again");
  });
});
