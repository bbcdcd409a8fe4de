// What must not happen: leaks, and an engine that stays broken.

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "node:test";
import * as spola from "spola";
import { engineMemory } from "./memory.mjs";
import { shipped } from "./read.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const inputs = { repositoryName: "app" };
const options = { region: "eu-central-1" };

/** One request answered, and the run left where it stands. */
function once(program, dispose) {
  const run = program.start(null, inputs, options);
  for (let effect; (effect = run.poll()); ) {
    if (effect.type === "send") {
      const body = new TextEncoder().encode('{"repositories":[{"repositoryName":"app"}]}');
      run.feed({ type: "response", id: effect.id, status: 200, headers: {}, body });
      break;
    }
  }
  if (dispose) run[Symbol.dispose ?? "dispose"]();
}

/** Lets the collector take what nobody holds, and the finalizers run. */
async function settled() {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((next) => setImmediate(next));
  }
}

for (const dispose of [true, false]) {
  test(`10,000 runs leak nothing, ${dispose ? "disposed of" : "left to the collector"}`, async () => {
    const program = await spola.load(shipped("image-inventory"));
    const batch = async (count) => {
      for (let at = 0; at < count; at++) {
        once(program, dispose);
        if (at % 500 === 499) await settled();
      }
      await settled();
    };
    await batch(2_000);
    const before = engineMemory();
    await batch(10_000);
    assert.equal(engineMemory(), before, "the module's memory has grown");
  });
}

test("an engine that ran out of memory says so, and the next program runs", async () => {
  const program = await spola.load(shipped("image-inventory"));
  const run = program.start(null, inputs, options);
  let send;
  while ((send = run.poll())?.type !== "send");
  // As if the page's memory were at its end: nothing more can be had.
  const grow = WebAssembly.Memory.prototype.grow;
  const body = new Uint8Array(3_000_000_000);
  let error;
  try {
    run.feed({ type: "response", id: send.id, status: 200, headers: {}, body });
    run.feed({ type: "response", id: send.id, status: 200, headers: {}, body });
  } catch (thrown) {
    error = thrown;
  }
  WebAssembly.Memory.prototype.grow = grow;
  assert.ok(error === undefined || error.code === "host.engine-stopped", String(error));
  const again = await spola.load(shipped("image-inventory"));
  const next = again.start(null, inputs, options);
  assert.equal(next.poll().kind, "step-started");
  if (error) assert.throws(() => run.poll(), { code: "host.engine-stopped" });
});
