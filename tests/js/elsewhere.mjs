// A run in Node for another host's tests:
// `node elsewhere.mjs start|resume DOCUMENT STATE ENDPOINT REGION [INPUTS]`.
// STATE is kept as the run goes on; its result is printed.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { load } from "../../bindings-wasm/dist/ecr-node.js";

const [how, document, state, awsEndpoint, region, inputs] = process.argv.slice(2);
const program = await load(document);
const run =
  how === "start"
    ? program.start(null, JSON.parse(inputs), { awsEndpoint, region })
    : program.resume(readFileSync(state), { awsEndpoint, inDoubt: "send" });
const onSnapshot = (snapshot) => {
  writeFileSync(`${state}.new`, snapshot);
  renameSync(`${state}.new`, state);
};
const result = await run.drive({ credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" }, onSnapshot });
console.log(JSON.stringify(result));
