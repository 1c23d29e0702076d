// Builds what npm would publish into build/npm: the element, its React wrapper, the headless client. Uploads nothing.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "..", "build", "npm");
const version = /^__version__ = "(.*)"$/m.exec(readFileSync(join(here, "..", "src", "dm3", "base", "version.py"), "utf8"))?.[1];

const packages = [
  {
    name: "dm3-chat-element",
    description: "<dm3-chat> for programs: its loader, and its types",
    entry: "packages/element/index.ts",
    kilobytes: 1,
  },
  {
    name: "dm3-chat-react",
    description: "<dm3-chat> as a React component",
    entry: "packages/react/index.ts",
    dependencies: { "dm3-chat-element": version },
    peerDependencies: { react: ">=19" },
    kilobytes: 1.5,
  },
  {
    name: "dm3-chat-client",
    description: "dm3 for one application without a user interface: profiles, messages, links",
    entry: "client/index.ts",
    // Names outside ASCII and the part that links are loaded when they are needed.
    kilobytes: 60,
  },
];

rmSync(out, { recursive: true, force: true });
let isTooLarge = false;
for (const { entry, kilobytes, ...about } of packages) {
  const folder = join(out, about.name);
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: { index: join(here, entry) },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["react", "dm3-chat-element"],
    chunkNames: "[name]-[hash]",
    legalComments: "eof",
    metafile: true,
    logLevel: "warning",
  });
  const main = {
    ...about,
    version,
    license: "Apache-2.0",
    type: "module",
    sideEffects: false,
    exports: { ".": { types: typesOf(entry), default: "./index.js" } },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(main, null, 2)}\n`);
  cpSync(join(here, "..", "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "README.md"), `# ${about.name}\n\n${about.description}.\n\n${documented(entry)}\n`);
  const size = firstLoad(metafile.outputs);
  console.log(`${about.name}: ${size.toFixed(1)} KB gz (at most ${kilobytes})`);
  isTooLarge ||= size > kilobytes;
}
declare();
if (isTooLarge) {
  console.error("larger than its budget");
  process.exit(1);
}

/** Where the entry's declarations lie: as in the sources. */
function typesOf(entry) {
  return entry.startsWith("packages/") ? "./index.d.ts" : `./types/${entry.replace(/\.ts$/, ".d.ts")}`;
}

/** The comment at the head of the entry, with its example as code. */
function documented(entry) {
  const [, comment] = /^\/\*\*\n(.*?)\n \*\//s.exec(readFileSync(join(here, entry), "utf8"));
  return comment.replaceAll(/^ \* ?/gm, "");
}

/** Kilobytes, compressed, of what the entry imports at once. */
function firstLoad(outputs) {
  const seen = new Set();
  const follow = (path) => {
    if (seen.has(path) || !(path in outputs)) return;
    seen.add(path);
    for (const { path: next, kind } of outputs[path].imports) if (kind === "import-statement") follow(next);
  };
  follow(Object.keys(outputs).find((path) => path.endsWith("/index.js")));
  return [...seen].reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length / 1024, 0);
}

/** Writes the declarations of all packages. */
function declare() {
  const types = join(out, ".types");
  const compiler = join(here, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", types];
  const { status } = spawnSync(process.execPath, [compiler, "-p", join(here, "tsconfig.packages.json"), ...options], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
  for (const file of readdirSync(types, { recursive: true }).map(String)) {
    if (!file.endsWith(".d.ts")) continue;
    const path = join(types, file);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(/(["'])(\.{1,2}\/[^"']*)\.tsx?\1/g, "$1$2.js$1"));
  }
  for (const name of ["element", "react"]) cpSync(join(types, "packages", name, "index.d.ts"), join(out, `dm3-chat-${name}`, "index.d.ts"));
  for (const part of ["client", "protocol"]) cpSync(join(types, part), join(out, "dm3-chat-client", "types", part), { recursive: true });
  rmSync(types, { recursive: true });
}
