// What the partners of the torture share, without a line of the gateway's code: their certificates,
// their ledger, and referrals made of a template.
import { createHash } from "node:crypto";
import { openSync, readFileSync, writeSync } from "node:fs";

export const sha = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

export const credentialsIn = (folder) => (name) => ({
  key: readFileSync(`${folder}/tls/${name}.key`),
  cert: readFileSync(`${folder}/tls/${name}.pem`),
  ca: readFileSync(`${folder}/tls/ca.pem`),
});

// Writes a line of words, at once.
export function openLedger(file) {
  const ledger = openSync(file, "a");
  return (...words) => writeSync(ledger, words.join(" ") + "\n");
}

// A message of that number for that patient; `change` may do more to the fields of each segment.
export function referralsFrom(templateFile, change = () => {}) {
  const template = readFileSync(templateFile, "latin1");
  const first = (field, value) => value + (field.includes("^") ? field.slice(field.indexOf("^")) : "");
  return (number, patient) =>
    template
      .split("\r")
      .map((line) => {
        const f = line.split("|");
        if (f[0] === "MSH") f[9] = number;
        if (f[0] === "RF1") f[6] = first(f[6], number);
        if (f[0] === "OBR") [f[2], f[3]] = [first(f[2], number), first(f[3], number)];
        if (f[0] === "PID") f[3] = f[3].split("~").map((id) => first(id, patient)).join("~");
        change(f, number);
        return f.join("|");
      })
      .join("\r");
}
