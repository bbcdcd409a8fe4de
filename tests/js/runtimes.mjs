// What every runtime has to do: all conversations, a workflow, an operation, a copy.
// Prints what went otherwise than it should.

import * as spola from "spola";
import * as ecr from "spola/ecr";
import { sandbox } from "spola/sandbox";
import { join } from "node:path";
import { play } from "./conversations.mjs";
import { conversations, root } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const wrong = [];
const region = "eu-central-1";
const all = conversations();
for (const conversation of all) {
  for (const resumed of [false, true]) {
    await play(spola, conversation, resumed).catch((error) => wrong.push(`${error}`));
  }
}

const succeeds = async (what, running) => {
  const { outcome, failure } = await running;
  if (outcome !== "succeeded") wrong.push(`${what}: ${JSON.stringify(failure)}`);
};
const fetch = await sandbox();
const path = (id) => join(root, `workflows/arazzo/${id}.arazzo.yaml`);
const publish = await spola.load(path("publish-image"));
await succeeds("publish-image", publish.run(null, WORKFLOWS["publish-image"], { fetch, region }));
await succeeds("list-images", ecr.listImages({ repository: "app" }).run({ fetch, region }));
const copy = await ecr.load(path("copy-image"));
const inputs = { source: "app:latest", repository: "team/copied" };
await succeeds("copy-image", copy.run(null, inputs, { fetch, region }));

// Over a real socket, where an endpoint is given.
const endpoint = process.argv[2];
if (endpoint) {
  const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };
  const program = await spola.load(path("image-inventory"));
  await succeeds("over HTTP", program.run(null, { repositoryName: "app" }, { awsEndpoint: endpoint, credentials, region }));
}

console.log(JSON.stringify({ conversations: all.length, wrong }));
