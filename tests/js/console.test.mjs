// The console example, as a person uses it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hasBrowser, launch, open } from "./host.mjs";
import { root } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const KEY = "console-secret-key";
const program = join(root, "target/debug/spola");
const site = join(root, "target/console");

/** Starts a server of the command line; resolves with what it says. */
function serve(args, said) {
  const env = { ...process.env, AWS_ACCESS_KEY_ID: "AKIACONSOLE", AWS_SECRET_ACCESS_KEY: KEY };
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let text = "";
    child.on("error", reject);
    child.stderr.on("data", (data) => {
      text += data;
      const found = said.exec(text);
      if (found) resolve({ url: found[1], close: () => child.kill(), said: () => text });
    });
  });
}

describe("the console", { skip: !hasBrowser && "there is no Chromium" }, () => {
  let browser;
  let aws;
  let proxy;

  before(async () => {
    execFileSync(join(root, "bindings-wasm/console/run"), ["--assemble"]);
    aws = await serve(["sandbox", "--listen", "127.0.0.1:0"], /(http:\S+)/);
    const documents = Object.keys(WORKFLOWS).map((id) => join(root, `workflows/arazzo/${id}.arazzo.yaml`));
    const more = ["--region", "eu-central-1", "--endpoint", aws.url, "--serve", site, "--listen", "127.0.0.1:0"];
    proxy = await serve(["proxy", ...documents, ...more], /the page: (\S+)/);
    // Builds are done at once there: time is real.
    const settings = JSON.stringify({ buildStages: [{ status: "AVAILABLE" }] });
    await fetch(`${aws.url}/_sandbox/settings`, { method: "POST", body: settings });
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    aws?.close();
    proxy?.close();
  });

  const plain = () => proxy.url.split("#")[0];

  /** A page of its own, in a session of its own. */
  const visit = async (url, options) => {
    const page = await open(await browser.newContext(options), url);
    await page.waitForSelector("html[data-ready=true]");
    return page;
  };
  const choose = (page, id) => page.locator(".card", { hasText: id }).click();
  const status = (page) => page.locator("#status").textContent();
  const done = (page) => page.waitForSelector("#result:not([hidden])");
  const held = (page) => page.waitForSelector("#step:not([hidden]):not([disabled])");
  const shown = (page) => page.locator("#result pre").textContent().then(JSON.parse);

  for (const id of Object.keys(WORKFLOWS)) {
    test(`${id} runs on the sandbox in the page`, async () => {
      const page = await visit(plain());
      await choose(page, id);
      await page.click("#example");
      await page.click("#start");
      await done(page);
      assert.equal(await status(page), `${id} succeeded.`);
      assert.ok((await page.locator(".request").count()) > 1);
      assert.ok(Object.keys(await shown(page)).length > 0);
      assert.deepEqual(page.problems, []);
    });

    test(`${id} runs over HTTP through the proxy`, async () => {
      const page = await visit(proxy.url);
      assert.ok(!page.url().includes("token"), "the token stays in no history");
      assert.equal(await page.inputValue("[name=region]"), "eu-central-1");
      await choose(page, id);
      await page.click("#example");
      await page.click("#start");
      await done(page);
      assert.equal(await status(page), `${id} succeeded.`);
      assert.ok(!(await page.content()).includes(KEY));
      assert.deepEqual(page.problems, []);
    });
  }

  test("a run pauses before each request, outlives a reload, and goes on to the same end", async () => {
    for (const url of [plain(), proxy.url]) {
      const page = await visit(url);
      await choose(page, "image-inventory");
      await page.click("#example");
      await page.click("#start-paused");
      await held(page);
      assert.equal(await status(page), "Paused before the request of confirmRepository.");
      await page.click("#step");
      await page.waitForSelector("#steps li.succeeded");
      await held(page);
      const before = await page.locator("#steps").textContent();
      await page.reload();
      await page.waitForSelector("#resume:not([hidden])");
      assert.equal(await page.locator("#steps").textContent(), before);
      assert.equal(await page.inputValue("[name=repositoryName]"), "app");
      await page.click("#resume .main");
      await held(page);
      await page.click("#step");
      await page.waitForFunction(() => document.querySelectorAll("#steps li.succeeded").length === 2);
      await page.click("#go-on");
      await done(page);
      assert.equal(await status(page), "image-inventory succeeded.");
      const paused = await shown(page);
      await page.click("#clear");
      await page.click("#start");
      await done(page);
      assert.deepEqual(Object.keys(await shown(page)), Object.keys(paused));
      await page.reload();
      await page.waitForSelector("html[data-ready=true]");
      assert.ok(await page.locator("#resume").isHidden(), "what is over is not offered again");
      assert.deepEqual(page.problems, []);
    }
  });

  test("a running run pauses at a button, and stops at another", async () => {
    const page = await visit(plain());
    await choose(page, "create-image-and-poll");
    await page.click("#example");
    await page.click("#start-paused");
    await held(page);
    await page.click("#go-on");
    await done(page);
    await page.click("#start-paused");
    await held(page);
    await page.click("#stop");
    await done(page);
    assert.equal(await status(page), "create-image-and-poll was stopped.");
    assert.equal(await page.locator("#result h3").textContent(), "Stopped 1 request");
  });

  test("a request whose answer was never seen is asked about", async () => {
    const page = await visit(proxy.url);
    await choose(page, "publish-image");
    await page.click("#example");
    await page.fill("[name=imageTag]", "never-seen");
    await page.click("#start-paused");
    for (const step of ["confirmRepository", "probeImage"]) {
      await held(page);
      assert.match(await status(page), new RegExp(step));
      await page.click("#step");
      await page.locator("#steps .succeeded h3", { hasText: step }).waitFor();
    }
    await held(page);
    await page.route("**/proxy", () => {}); // No answer ever comes.
    await page.click("#step");
    await page.waitForFunction(() => sessionStorage.getItem("spola-run").includes('"sent"'));
    await page.reload();
    await page.waitForSelector("#resume:not([hidden])");
    assert.match(await page.locator("#resume-text").textContent(), /putImage was under way/);
    await page.unroute("**/proxy");
    await page.click("#resume [value=fail]");
    await done(page);
    assert.equal(await status(page), "publish-image failed.");
    assert.match(await page.locator("#result .message").textContent(), /putImage/);
  });

  test("inputs that are wrong are told where they are, and by the engine", async () => {
    const page = await visit(plain());
    await choose(page, "create-image-and-poll");
    await page.click("#start");
    assert.equal(await page.locator("#problems").textContent(), "One input is wrong.");
    assert.equal(await page.evaluate(() => document.activeElement.name), "infrastructureConfigurationArn");
    assert.equal(await page.locator("[aria-invalid=true]").count(), 1);
    await page.click("#example");
    await page.fill("[name=imageRecipeArn]", "arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/web/1.0.0");
    await page.click("#start");
    await page.waitForSelector("#problems:not([hidden])");
    assert.match(await page.locator("#problems").textContent(), /oneOf|one of/i);
    await page.fill("[name=tags]", "{");
    await page.click("#start");
    assert.match(await page.locator(".wrong:visible").first().textContent(), /no JSON/);
    assert.deepEqual(page.problems, []);
  });

  test("a proxy that refuses is told with its help", async () => {
    const page = await visit(proxy.url);
    await choose(page, "image-inventory");
    await page.click("#example");
    await page.fill("[name=region]", "us-west-2");
    await page.click("#start");
    await done(page);
    const text = await page.locator("#result .message").textContent();
    assert.match(text, /api\.ecr\.us-west-2\.amazonaws\.com` is not on the proxy's list/);
    assert.ok(!proxy.said().split("token=")[2], "the token is said once");
  });

  test("secrets are fields of their own, masked in what is shown, and in no storage", async () => {
    const page = await visit(plain());
    const seen = await page.evaluate(async () => {
      const { SchemaForm, secretNames } = await import("/form.js");
      const { Mask } = await import("/mask.js");
      const schema = {
        required: ["password", "size"],
        properties: {
          password: { type: "string", format: "password" },
          size: { type: "integer", minimum: 1 },
          on: { type: "boolean", default: true },
          level: { enum: ["low", 2] },
          nested: { type: "object", required: ["a"], properties: { a: { type: "string" }, b: { type: "number" } } },
          list: { type: "array", items: { type: "string" } },
        },
      };
      const form = new SchemaForm(schema);
      const box = document.createElement("form");
      box.append(form.element);
      document.body.append(box);
      const empty = form.read();
      form.fill({ password: 's"cret', size: 3, level: 2, nested: { a: "x", b: 1.5 }, list: ["y"] });
      const full = form.read();
      const mask = new Mask(form.secrets());
      const text = (value) => new TextEncoder().encode(value);
      const result = {
        kind: box.querySelector("[name=password]").type,
        labels: [...box.querySelectorAll("input, select, textarea")].every((one) => one.labels.length === 1),
        empty: { value: empty.value, wrong: empty.wrong },
        full: { value: full.value, wrong: full.wrong },
        names: secretNames(schema),
        body: mask.body(text(JSON.stringify({ a: 's"cret!', authorizationToken: "t", nextToken: "page" }))),
        plain: mask.body(text('x=s"cret')),
        headers: mask.headers([["Authorization", "Bearer z"], ["x-a", 's"cret']]),
        bytes: mask.body(new Uint8Array([255, 254])),
      };
      box.remove();
      return result;
    });
    assert.equal(seen.kind, "password");
    assert.ok(seen.labels);
    assert.deepEqual(seen.empty, { value: { on: true }, wrong: 2 });
    const value = { password: 's"cret', size: 3, on: true, level: 2, nested: { a: "x", b: 1.5 }, list: ["y"] };
    assert.deepEqual(seen.full, { value, wrong: 0 });
    assert.deepEqual(seen.names, ["password"]);
    assert.deepEqual(JSON.parse(seen.body), { a: "•••!", authorizationToken: "•••", nextToken: "page" });
    assert.equal(seen.plain, "x=•••");
    assert.deepEqual(seen.headers, [["Authorization", "•••"], ["x-a", "•••"]]);
    assert.equal(seen.bytes, "2 bytes");
  });

  test("the keyboard is enough, and every control has a name", async () => {
    const page = await visit(plain());
    await page.focus("#workflows input:checked");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.evaluate(() => document.querySelector("#workflows input:checked").value), "publish-image");
    await page.focus("#example");
    await page.keyboard.press("Enter");
    await page.focus("#start-paused");
    await page.keyboard.press("Enter");
    await held(page);
    await page.focus("#step");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#steps li.succeeded");
    await held(page);
    await page.focus("#go-on");
    await page.keyboard.press("Enter");
    await done(page);
    assert.notEqual(await page.evaluate(() => document.activeElement), null);
    assert.ok(await page.evaluate(() => document.activeElement !== document.body), "the focus is not lost");
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, textarea")]
        .filter((one) => !(one.textContent.trim() || one.labels?.length || one.getAttribute("aria-label")))
        .map((one) => one.outerHTML),
    );
    assert.deepEqual(nameless, []);
    assert.ok(await page.locator("h1").count() === 1);
  });

  test("it fits narrow pages, and reads in light and dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const page = await visit(plain(), { colorScheme, viewport: { width: 360, height: 800 } });
      await choose(page, "create-image-and-poll");
      await page.click("#example");
      await page.click("#start");
      await done(page);
      const { wide, contrasts } = await page.evaluate(() => {
        const light = (color) => {
          const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3).map((part) => {
            const value = Number(part) / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (!/, 0\)$|transparent/.test(color)) return color;
          }
          return "rgb(255, 255, 255)";
        };
        const contrasts = [...document.querySelectorAll("p, h2, h3, small, button, label, code, pre, .badge, .url, .action")]
          .filter((one) => one.offsetParent && one.textContent.trim())
          .map((one) => {
            const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
            return { ratio: (a + 0.05) / (b + 0.05), what: one.outerHTML.slice(0, 80) };
          })
          .filter(({ ratio }) => ratio < 4.5);
        return { wide: document.documentElement.scrollWidth, contrasts };
      });
      assert.ok(wide <= 360, `${wide} pixels wide`);
      assert.deepEqual(contrasts, []);
    }
  });
});
