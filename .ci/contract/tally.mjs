// Judges what the witness wrote down. Prints one line if all is well; otherwise says what is not, and exits with 1.
//
// Usage: node tally.mjs EXCHANGES [RUN...]
//
// EXCHANGES is the file of the witness. The first RUN is what `rollcall --json sync` printed for a sheet, the second what it
// printed after one cell of it was changed. Without them it was no sync, and only the exchanges are looked at.
import { existsSync, readFileSync } from 'node:fs';

const [exchanges, ...files] = process.argv.slice(2);
const lines = existsSync(exchanges) ? readFileSync(exchanges, 'utf8').split('\n').filter(Boolean) : [];
const seen = lines.map((line) => JSON.parse(line));
const [first, second] = files.map((name) => JSON.parse(readFileSync(name, 'utf8') || '{}'));

// place is a path with its ids blotted out, so that like faults are counted together.
const place = (path) => path.replace(/\/\d+(?=\/|$)/g, '/*');

// counted says how often each text is in the list, the most frequent first.
function counted(texts) {
  const times = new Map();
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1]).map(([text, n]) => `${n} x ${text}`);
}

// violations are what Prism found, and what it refused without a finding. The simulator has no faults to play here, so that a
// status from 500 on is Prism's too.
const violations = seen.flatMap(({ method, path, status, prism, violations }) => {
  const where = `${method} ${place(path)} -> ${status}${prism && ` ${prism} by Prism`}`;
  const found = violations.map((v) => `${where}: ${(v.location ?? []).join('.')}: ${v.message}`);
  return (prism || status >= 500) && found.length === 0 ? [where] : found;
});
const wrong = counted(violations);

// Runs that do nothing, or of which Prism sees only a part, would pass for nothing.
const expect = (fine, text) => fine || wrong.push(text);
const succeeded = (...methods) => seen.filter((e) => methods.includes(e.method) && e.status < 300).length;
expect(succeeded('GET') > 0, 'Prism saw no read succeed');
if (files.length > 0) {
  const created = first.counts?.created ?? 0;
  const updated = second?.counts?.updated ?? 0;
  const sent = (first.requests?.sent ?? 0) + (second?.requests?.sent ?? 0);
  const [posts, updates] = [succeeded('POST'), succeeded('PATCH', 'PUT')];
  expect(created > 0, 'the first run created nothing, and that proves nothing');
  expect(updated === 1, `one cell was changed, and the second run updated ${updated} records`);
  expect(posts >= created, `${created} records were created, and Prism saw ${posts} POSTs succeed`);
  expect(updates === updated, `${updated} records were updated, and Prism saw ${updates} updates succeed`);
  expect(sent === seen.length, `Rollcall sent ${sent} requests, and Prism saw ${seen.length}`);
}
for (const run of [first, second].filter((run) => run?.counts)) {
  for (const status of ['failed', 'in_doubt', 'not_attempted']) {
    expect(run.counts[status] === 0, `run ${run.run}: ${run.counts[status]} rows are ${status}`);
  }
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(`no violation in ${seen.length} exchanges: ${counted(seen.map((e) => `${e.method} ${e.status}`)).join(', ')}`);
