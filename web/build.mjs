// Builds the browser's part into src/dm3/widget/static: loader, frame, style, and the list of their names.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "..", "src", "dm3", "widget", "static");
const common = {
  bundle: true,
  minify: true,
  target: ["chrome120", "firefox121", "safari17.4"],
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// The messenger's pages use htmx as it is published.
const messenger = join(here, "..", "src", "dm3", "messenger", "static");
mkdirSync(messenger, { recursive: true });
copyFileSync(join(here, "node_modules", "htmx.org", "dist", "htmx.min.js"), join(messenger, "htmx.min.js"));

const loader = await build({
  ...common,
  entryPoints: [join(here, "loader/index.ts")],
  format: "iife",
  define: { "import.meta.url": '""' },
  mangleProps: /^_/,
  write: false,
});
const named = (name, ending, data) => {
  const file = `${name}-${createHash("sha256").update(data).digest("hex").slice(0, 8)}${ending}`;
  writeFileSync(join(out, file), data);
  return file;
};
const worker = await build({ ...common, entryPoints: [join(here, "widget/worker.ts")], format: "esm", write: false });
const refused = await build({ ...common, entryPoints: [join(here, "widget/refused.ts")], format: "esm", write: false });
const frame = await build({
  ...common,
  entryPoints: { frame: join(here, "widget/index.tsx") },
  outdir: out,
  format: "esm",
  splitting: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { WORKER_FILE: JSON.stringify(named("worker", ".js", worker.outputFiles[0].contents)) },
});
const style = await build({ ...common, entryPoints: [join(here, "widget/style.css")], write: false });

const js = Object.entries(frame.metafile.outputs).find(([, output]) => output.entryPoint?.endsWith("widget/index.tsx"));
const entry = js[0].split("/").pop();
// Under which names an operator's own words stand in place of ours: the parts' names, and those of their texts.
const strings = join(here, "widget/strings");
const texts = [];
for (const file of readdirSync(strings, { recursive: true }).map(String).filter((name) => basename(name) === "en.ts")) {
  const part = dirname(file) === "." ? "" : `${dirname(file)}.`;
  const { outputFiles } = await build({ entryPoints: [join(strings, file)], format: "esm", bundle: true, write: false, logLevel: "warning" });
  const [words] = Object.values(await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`));
  texts.push(...Object.keys(words).map((name) => part + name));
}
const languages = readdirSync(strings).filter((name) => /^[a-z]{2}\.ts$/.test(name)).map((name) => name.slice(0, 2));
const manifest = {
  texts: texts.sort(),
  languages,
  loader: named("loader", ".js", loader.outputFiles[0].contents),
  js: entry,
  refused: named("refused", ".js", refused.outputFiles[0].contents),
  css: named("style", ".css", style.outputFiles[0].contents),
};
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

// What the first visit loads: what the frame's entry imports statically, the style, and one language.
const outputs = frame.metafile.outputs;
const first = new Set();
const follow = (path) => {
  if (first.has(path)) return;
  first.add(path);
  for (const { path: next, kind } of outputs[path].imports) if (kind === "import-statement") follow(next);
};
follow(js[0]);
const size = (data) => gzipSync(data, { level: 9 }).length / 1024;
const sizes = {
  loader: size(readFileSync(join(out, manifest.loader))),
  first: size(readFileSync(join(out, manifest.css))) + [...first].reduce((sum, path) => sum + size(readFileSync(join(out, path.split("/").pop()))), 0),
};
const limits = { loader: 2, first: 60 };
for (const [name, kilobytes] of Object.entries(sizes)) {
  console.log(`${name}: ${kilobytes.toFixed(1)} KB gz (at most ${limits[name]})`);
}
for (const file of readdirSync(out)) console.log(`  ${file}  ${size(readFileSync(join(out, file))).toFixed(1)}`);
if (Object.entries(sizes).some(([name, kilobytes]) => kilobytes > limits[name])) {
  console.error("larger than its budget");
  process.exit(1);
}
