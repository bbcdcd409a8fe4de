// A server for pages, and a browser that opens them.

import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

/** Where Debian puts it; another place goes into SPOLA_CHROMIUM. */
export const browserPath = process.env.SPOLA_CHROMIUM ?? "/usr/bin/chromium";

/** Whether there is a browser. */
export const hasBrowser = existsSync(browserPath);

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/** What the strictest page allows that runs WebAssembly at all. */
export const STRICT = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

/** Serves folders by prefix, and texts by path, under a Content-Security-Policy. */
export async function serve({ folders = {}, texts = {}, routes = {}, policy = STRICT }) {
  const server = createServer((request, answer) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (routes[pathname]) return routes[pathname](request, answer);
    const give = (type, content) => {
      answer.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(content);
    };
    if (texts[pathname] !== undefined) return give(TYPES[extname(pathname)] ?? "text/html", texts[pathname]);
    for (const [prefix, folder] of Object.entries(folders)) {
      const path = join(folder, normalize(pathname.slice(prefix.length)));
      if (pathname.startsWith(prefix) && existsSync(path) && statSync(path).isFile()) {
        return give(TYPES[extname(path)] ?? "application/octet-stream", readFileSync(path));
      }
    }
    answer.writeHead(404).end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Opens the browser. */
export function launch() {
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const args = ["--no-sandbox", ...quiet, "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: browserPath, headless: true, args });
}

/** A page that tells of every error, and of what its policy refused. */
export async function open(browser, url) {
  const page = await browser.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (line) => line.type() === "error" && page.problems.push(line.text()));
  await page.goto(url);
  return page;
}
