#!/usr/bin/env bash
# The Rust parser of CQL2 takes a list of one value for the value: IN ('20194') becomes a filter that no server accepts.
#
# One would expect code IN ('20194') to be the list with one member, as grammar and JSON schema of CQL2 have it: an
# interface that lets people tick communes makes such a filter whenever one is ticked.
# What happens (cql2-wasm 0.5.0-rc1): the text is parsed with the parentheses as grouping. The JSON is
# {"op":"in","args":[{"property":"code"},"20194"]}, which the package's own validate() refuses, matches() fails on with "Could
# not reduce expression to boolean", and the text form is IN '20194'. Two values, or a list of one given as JSON,
# are right. A client has to write one value as an equality.
# Source: OGC 21-065r2 (CQL2), grammar and JSON schema (inListPredicate, inListOperands); npm cql2-wasm 0.5.0-rc1
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error cql2-wasm@0.5.0-rc1 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import * as cql2 from './node_modules/cql2-wasm/cql2_wasm_bg.js';
const folder = './node_modules/cql2-wasm/';
const module = new WebAssembly.Module(readFileSync(folder + 'cql2_wasm_bg.wasm'));
const instance = new WebAssembly.Instance(module, { './cql2_wasm_bg.js': cql2 });
cql2.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();
console.log('cql2-wasm', JSON.parse(readFileSync(folder + 'package.json')).version);
const attempt = (f) => { try { return f() ?? true; } catch { return 'error'; } };
const seen = [cql2.parseText("code IN ('20194')"), cql2.parseText("code IN ('20194', '20195')"),
  cql2.parseJson('{"op":"in","args":[{"property":"code"},["20194"]]}')].map((filter) => {
  const row = [filter.to_text(), attempt(() => filter.validate()), attempt(() => filter.matches({ properties: { code: '20194' } }))];
  console.log(row.join('   valid: ').replace(/: (\S+)   valid:/, ': $1   matches:'));
  return row.join();
});
process.exit(JSON.stringify(seen) === JSON.stringify(["(code IN '20194'),error,error",
  "(code IN ('20194', '20195')),true,true", "(code IN ('20194')),true,true"]) ? 0 : 1);
JS
node run.mjs
