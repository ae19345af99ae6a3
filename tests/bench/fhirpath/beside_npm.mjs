// FHIRPath beside npm's fhirpath (compiled, R4 model), in one run: each round measures ours, then
// theirs, the same way; the medians of the rounds are compared. Exit 1 where a case is not as many
// times as fast as cases.json asks.
//
//   node tests/bench/fhirpath/beside_npm.mjs FHIRPATH_FIGURES [--rounds N] [--examples DIR]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const fhirpath = require('fhirpath');
const model = require('fhirpath/fhir-context/r4');

const [program, ...options] = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = options.indexOf(name);
  return at < 0 ? otherwise : options[at + 1];
};
const rounds = Number(option('--rounds', '3'));
const examples = option('--examples', '');
const file = (name) => new URL(name, import.meta.url).pathname;
const { cases } = JSON.parse(readFileSync(file('cases.json'), 'utf8'));
const patient = JSON.parse(readFileSync(file('patient-example.json'), 'utf8'));

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];

// As median_seconds() in fhirpath_figures.cpp.
function nanoseconds(act) {
  const batch = (count) => {
    const start = process.hrtime.bigint();
    for (let time = 0; time < count; ++time) act();
    return Number(process.hrtime.bigint() - start);
  };
  let count = 1;
  while (batch(count) < 20e6) count *= 2;
  return median(Array.from({ length: 15 }, () => batch(count) / count));
}

function theirs() {
  return cases.map(({ name, expression, base, focus }) => {
    const compiled = fhirpath.compile(base ? { base, expression } : expression, model);
    const input = focus ? [patient[focus]].flat()[0] : patient;
    return { name, values: compiled(input).length, nanoseconds: nanoseconds(() => compiled(input)) };
  });
}

function ours(folder) {
  const words = [file('cases.json'), file('patient-example.json'), ...(folder ? [folder] : [])];
  const lines = execFileSync(program, words, { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const measured = cases.map(() => ({ ours: [], theirs: [] }));
for (let round = 0; round < rounds; ++round) {
  const mine = ours('');
  theirs().forEach((figure, at) => {
    if (figure.values !== mine[at].values) {
      throw new Error(`${figure.name}: ${mine[at].values} values here, ${figure.values} there`);
    }
    measured[at].ours.push(mine[at].nanoseconds);
    measured[at].theirs.push(figure.nanoseconds);
  });
}

let short = 0;
const { version } = JSON.parse(readFileSync(new URL('../../../node_modules/fhirpath/package.json',
  import.meta.url), 'utf8'));
console.log(`FHIRPath over patient-example, medians of ${rounds} rounds; npm fhirpath ${version}, node ${process.version}\n`);
console.log('| expression | here, ns | aim, ns | npm, ns | times | asked |');
console.log('| --- | --- | --- | --- | --- | --- |');
cases.forEach(({ name, times, aim_microseconds: aim }, at) => {
  const here = median(measured[at].ours);
  const there = median(measured[at].theirs);
  if (there < times * here) ++short;
  console.log(`| ${name} | ${here.toFixed(0)} | ${aim * 1000} | ${there.toFixed(0)} | ${(there / here).toFixed(1)} | ${times} |`);
});
if (examples && existsSync(examples)) {
  const all = ours(examples).at(-1);
  console.log(`\nAll invariants of R4 (${all.expressions}) over ${all.documents} examples: ` +
    `${all.evaluations} evaluations in ${(all.seconds * 1000).toFixed(1)} ms, ` +
    `${(all.evaluations / all.seconds / 1e6).toFixed(2)} million a second; ${all.faults} faults`);
} else {
  console.log('\nThe R4 examples are not here (--examples DIR): their invariants were not measured.');
}
process.exit(short > 0 ? 1 : 0);
