// What the package costs: `node tests/js/bench.mjs`, once tests/js/run has been there.
//
// Bytes by entry, time to the first request, steps a second; in Node and Chromium,
// beside the same flow written by hand with AWS's own client. Answers are made in
// memory: what is measured is the machine, the signing and the loading. The lean
// entry runs a bundle, and does not sign.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { bundled } from "./bundles.mjs";
import { hasBrowser, launch, open, serve } from "./host.mjs";
import { root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const here = join(root, "tests/js");
const made = join(here, ".made/bench");
const dist = join(root, "bindings-wasm/dist");
const rounds = 300;
/** How often each is begun anew: what stands in the table is the median. */
const beginnings = 5;

mkdirSync(made, { recursive: true });
if (!existsSync(join(made, "node_modules/@aws-sdk/client-ecr"))) {
  writeFileSync(join(made, "package.json"), "{}");
  const quiet = ["--silent", "--no-audit", "--no-fund", "--no-package-lock"];
  execFileSync("npm", ["install", ...quiet, "@aws-sdk/client-ecr@3", "@smithy/protocol-http@5"], { cwd: made, stdio: "inherit" });
}

/** What ECR answers to the four calls of the flow, in turn. */
const DIGEST = "sha256:94b5bf053710d9e57b8f6cb53beb370d6b5bb738113f23c89033d3718bb5a137";
const { imageManifest, imageTag } = WORKFLOWS["publish-image"];
const image = { registryId: "1", repositoryName: "app", imageId: { imageDigest: DIGEST, imageTag }, imageManifest };
const ANSWERS = {
  DescribeRepositories: { repositories: [{ repositoryName: "app", repositoryUri: "u/app", imageTagMutability: "MUTABLE" }] },
  BatchGetImage: [{ images: [], failures: [{ failureCode: "ImageNotFound" }] }, { images: [image], failures: [] }],
  PutImage: { image },
};
const COMMON = `
  const ANSWERS = ${JSON.stringify(ANSWERS)};
  const inputs = ${JSON.stringify({ ...WORKFLOWS["publish-image"], repositoryName: "app" })};
  const credentials = { accessKeyId: "AKID", secretAccessKey: "secret" };
  const region = "eu-central-1";
  let asked = 0, first;
  const answer = (target) => {
    first ??= performance.now();
    asked++;
    const name = target.split(".").pop();
    const found = ANSWERS[name];
    return JSON.stringify(Array.isArray(found) ? found[asked % 4 === 2 ? 0 : 1] : found);
  };
  export const measure = async (once) => {
    await once();
    const toFirst = first;
    const began = performance.now();
    asked = 0;
    for (let round = 0; round < ${rounds}; round++) await once();
    return { toFirst, perSecond: asked / ((performance.now() - began) / 1000) };
  };
`;

const OURS = (entry, documents, lean = false) => `
  ${COMMON}
  export async function run() {
    const began = performance.now();
    const { load } = await import(${JSON.stringify(entry)});
    const program = await load(${JSON.stringify(documents)});
    const fetch = async (_, { headers }) => {
      const target = headers.find(([name]) => name === "x-amz-target")[1];
      return new Response(answer(target), { headers: { "content-type": "application/x-amz-json-1.1" } });
    };
    fetch.takesAny = ${lean};
    const result = await measure(async () => {
      const { outcome, failure } = await program.run(null, inputs, { fetch, region, ${lean ? "" : "credentials"} });
      if (outcome !== "succeeded") throw new Error(JSON.stringify(failure));
    });
    return { ...result, toFirst: result.toFirst - began };
  }
`;

const THEIRS = (entry) => `
  ${COMMON}
  export async function run() {
    const began = performance.now();
    const { flow, HttpResponse } = await import(${JSON.stringify(entry)});
    const handle = async (request) => {
      const body = new TextEncoder().encode(answer(request.headers["x-amz-target"]));
      const stream = new Response(body).body;
      return { response: new HttpResponse({ statusCode: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: stream }) };
    };
    const result = await measure(flow({ region, credentials, requestHandler: { handle } }, inputs));
    return { ...result, toFirst: result.toFirst - began };
  }
`;

/** The flow by hand, as the workflow has it. */
const FLOW = `
  import { BatchGetImageCommand, DescribeRepositoriesCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
  export { HttpResponse } from "@smithy/protocol-http";
  export const flow = (settings, { repositoryName, imageTag, imageManifest, imageManifestMediaType }) => {
    const client = new ECRClient(settings);
    const named = { repositoryName, imageIds: [{ imageTag }] };
    return async () => {
      const { repositories } = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
      if (!repositories.length) throw new Error("no repository");
      const found = await client.send(new BatchGetImageCommand(named));
      if (!found.images.length) await client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest, imageManifestMediaType }));
      const put = await client.send(new BatchGetImageCommand(named));
      if (put.images[0].imageId.imageTag !== imageTag) throw new Error("another image");
    };
  };
`;

async function bundledFor(platform) {
  const outfile = join(made, `theirs-${platform}.mjs`);
  const banner = { js: platform === "node" ? 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' : "" };
  const stdin = { contents: FLOW, resolveDir: made };
  await build({ stdin, bundle: true, minify: true, format: "esm", platform, target: "es2022", outfile, banner, logLevel: "error" });
  return outfile;
}

function inNode(name, script) {
  const file = join(made, `${name}.mjs`);
  writeFileSync(file, `${script}\nconsole.log(JSON.stringify(await run()));`);
  return often(() => JSON.parse(execFileSync(process.execPath, [file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })));
}

/** The medians of several beginnings. */
async function often(once) {
  const all = [];
  for (let at = 0; at < beginnings; at++) all.push(await once());
  const median = (name) => all.map((one) => one[name]).sort((a, b) => a - b)[beginnings >> 1];
  return { toFirst: median("toFirst"), perSecond: median("perSecond") };
}

const kilobytes = (...files) => files.reduce((sum, file) => sum + brotliCompressSync(readFileSync(file)).length, 0) / 1000;
const rows = [];
const row = (what, bytes, { toFirst, perSecond }) =>
  rows.push({ what, "KB brotli": Number(bytes.toFixed(1)), "first request, ms": Math.round(toFirst), "steps/s": Math.round(perSecond) });

const documents = shipped("publish-image");
const bundle = bundled(documents);
const sizes = {
  spola: kilobytes(join(dist, "spola.wasm"), join(dist, "web.js")),
  lean: kilobytes(join(dist, "lean.wasm"), join(dist, "lean-web.js")),
  theirs: kilobytes(await bundledFor("browser")),
};
const nodeBundle = await bundledFor("node");
const file = (name) => pathToFileURL(join(dist, name)).href;
row("spola, Node", sizes.spola, await inNode("ours", OURS(file("node.js"), documents)));
row("spola/lean, Node", sizes.lean, await inNode("lean", OURS(file("lean-node.js"), bundle, true)));
row("client-ecr, Node", kilobytes(nodeBundle), await inNode("theirs", THEIRS(pathToFileURL(nodeBundle).href)));

if (hasBrowser) {
  const scripts = {
    "/spola.js": OURS("/dist/web.js", documents),
    "/lean.js": OURS("/dist/lean-web.js", bundle, true),
    "/theirs.js": THEIRS("/made/theirs-browser.mjs"),
  };
  const server = await serve({ folders: { "/dist/": dist, "/made/": made }, texts: { "/": "<!doctype html>", ...scripts } });
  const pages = [["spola", "/spola.js", sizes.spola], ["spola/lean", "/lean.js", sizes.lean], ["client-ecr", "/theirs.js", sizes.theirs]];
  for (const [what, script, bytes] of pages) {
    const measured = await often(async () => {
      const browser = await launch();
      const page = await open(browser, server.url);
      const measured = await page.evaluate(async (script) => (await import(script)).run(), script);
      await browser.close();
      return measured;
    });
    row(`${what}, Chromium`, bytes, measured);
  }
  server.close();
}
console.table(rows);
