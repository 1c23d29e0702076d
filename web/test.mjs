// Bundles every tests/**/*.test.ts for Node and runs them; arguments are handed to `node --test`.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "..", "build", "web-tests");
const entryPoints = readdirSync(join(here, "tests"), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(here, "tests", name));

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints,
  outdir: out,
  outbase: join(here, "tests"),
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
});
const files = readdirSync(out, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".test.mjs"))
  .map((name) => join(out, name));
const env = { ...process.env, DM3_VECTORS: join(here, "..", "vectors") };
const { status } = spawnSync(process.execPath, ["--test", ...process.argv.slice(2), ...files], {
  stdio: "inherit",
  env,
});
process.exit(status ?? 1);
