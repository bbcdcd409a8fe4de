// Compiled, never run: what the types allow and what they refuse.

import { authorize, drive, load, type Effect, type Outcome, type Progress, type Result, SpolaError } from "spola";
import { copyImage, load as loadHosted, name, type Program } from "spola/ecr";
import { load as loadLean } from "spola/lean";
import { sandbox } from "spola/sandbox";

const program = await load(new URL("a.yaml", "https://docs.example"), { strict: true });
const fetch = await sandbox({ empty: true });
const result: Result = await program.run("a", { name: "x" }, { fetch, region: "eu-central-1", pollInterval: 10 });
const outcome: "succeeded" | "failed" | "interrupted" = result.outcome;

for await (const progress of program.run()) {
  const told: Progress = progress;
  if (told.kind === "attempt") told.url.length;
}

using run = program.start(null, {});
for (let effect: Effect | undefined; (effect = run.poll()); ) {
  switch (effect.type) {
    case "send": {
      const request = authorize(effect.request, effect.auth, { secret: "s" });
      run.feed({ type: "response", id: effect.id, status: 200, headers: request.headers, body: request.body });
      break;
    }
    case "wait":
      run.feed({ type: "elapsed", id: effect.id });
      break;
    case "done": {
      const end: Outcome = effect.outcome;
      end.failure?.code;
    }
  }
  // @ts-expect-error an effect has no such type
  if (effect.type === "sned") break;
}

await drive(program.resume(run.snapshot(), { inDoubt: "skip" }), { proxy: { url: "/proxy", token: "t" } });
await loadLean([{ url: "a.json", text: {} }]);
await loadLean({ url: "a.json", text: "{}" }, { fetch });
// @ts-expect-error A bundle is read as it was linked.
await loadLean({ url: "a.json", text: "{}" }, { strict: true });

const copied: Result = await copyImage({ source: "a:1", destination: "b" }).run({ fetch, account: "123456789012" });
const hosted: Program = await loadHosted("copy-image.yaml");
hosted.resume(hosted.start(null, { source: "a:1" }).snapshot());
const tag: string | null = name("a:1").tag;

try {
  // @ts-expect-error a number is no workflow
  program.start(7);
} catch (error) {
  if (error instanceof SpolaError) error.diagnostics.map(({ code }) => code);
}
export { copied, outcome, tag };
