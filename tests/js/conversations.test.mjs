// The conversations, played in Node.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as spola from "spola";
import { play } from "./conversations.mjs";
import { conversations } from "./read.mjs";

const all = conversations();

test("every conversation is there", () => assert.ok(all.length >= 91, String(all.length)));

for (const resumed of [false, true]) {
  describe(resumed ? "resumed at every effect" : "straight", () => {
    for (const conversation of all) test(conversation.name, () => play(spola, conversation, resumed));
  });
}
