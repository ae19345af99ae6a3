// Partners of two gateways on one database, without a line of the gateway's code: a GP system that
// sends its referrals now to this one and now to that, and a clinic that takes them. What happened is
// written to the ledger, a line each, before anybody hears of it:
//   sent N · acked N · refused N WHY · took N ID SHA MILLISECONDS
//   node peers.mjs FOLDER LEDGER TEMPLATE CLINIC MLLP…      (the last are ports)
// Standard input: `burst COUNT` (that many new referrals for each patient), `hold` (the clinic takes
// what comes and does not answer; says `holding N`), `go` (it answers again). Says `drained N` when
// all N that were sent are acknowledged and have arrived, `acked N` for each, `again N` when one comes once more.
import https from "node:https";
import { createInterface } from "node:readline";
import tls from "node:tls";

import { credentialsIn, openLedger, referralsFrom, sha } from "../partners.mjs";

const [folder, ledgerFile, templateFile, clinicPort, ...mllpPorts] = process.argv.slice(2);
const patients = 4; // one sender each: its next referral goes out when the one before is acknowledged
const pause = 15; // ms before another try
const patience = 6000; // ms for an answer

const write = openLedger(ledgerFile);
const credentials = credentialsIn(folder);

const known = { sent: new Set(), acked: new Set(), took: new Set() };
let wanted = 0; // not yet sent for the first time
let announced = 0;
function note(event, number, ...more) {
  write(event, number, ...more);
  known[event]?.add(number);
  if (event === "acked") console.log(`acked ${number}`);
  const total = known.sent.size;
  if (total > announced && wanted === 0 && known.acked.size >= total && known.took.size >= total) {
    announced = total;
    console.log(`drained ${total}`);
  }
}

// --- the GP system --------------------------------------------------------------------------------
const referral = referralsFrom(templateFile);

class Sender {
  constructor(key) {
    Object.assign(this, { key, last: 0, queue: 0, current: null, turn: key, sockets: new Map(), got: "" });
  }
  add(count) {
    this.queue += count;
    wanted += count;
    if (!this.current) this.begin();
  }
  begin() {
    if (this.queue === 0) return;
    this.queue--;
    this.current = `TORT-${this.key}-${String(++this.last).padStart(4, "0")}`;
    wanted--;
    note("sent", this.current);
    this.frame = Buffer.from(`\x0b${referral(this.current, `PAT${this.key}`)}\x1c\r`, "latin1");
    this.send();
  }
  // Each try goes to the next gateway.
  send() {
    const port = Number(mllpPorts[this.turn++ % mllpPorts.length]);
    this.got = "";
    let socket = this.sockets.get(port);
    clearTimeout(this.timer);
    if (socket) {
      socket.write(this.frame);
    } else {
      socket = tls.connect({ host: "127.0.0.1", port, servername: "localhost", ...credentials("gp") });
      this.sockets.set(port, socket);
      socket.on("secureConnect", () => socket.write(this.frame));
      socket.on("data", (bytes) => socket === this.asked && this.receive(bytes.toString("latin1")));
      socket.on("error", () => {});
      socket.on("close", () => {
        this.sockets.delete(port);
        if (socket === this.asked) this.later();
      });
    }
    this.asked = socket;
    this.timer = setTimeout(() => socket.destroy(), patience);
  }
  later() {
    clearTimeout(this.timer);
    this.asked = null;
    if (this.current) setTimeout(() => this.send(), pause);
  }
  receive(text) {
    this.got += text;
    if (!this.got.endsWith("\x1c\r")) return;
    const lines = this.got.split("\r");
    const msa = lines.find((line) => line.startsWith("MSA|"))?.split("|") ?? [];
    if (msa[1] === "AA" && msa[2] === this.current) {
      clearTimeout(this.timer);
      note("acked", this.current);
      this.current = null;
      this.begin();
    } else {
      const err = lines.find((line) => line.startsWith("ERR|")) ?? "";
      note("refused", this.current, msa[1], err.slice(0, 200));
      this.later();
    }
  }
}
const senders = Array.from({ length: patients }, (_, key) => new Sender(key));

// --- the clinic -----------------------------------------------------------------------------------
let isHolding = false;
const held = [];
const arrived = new Set();
https
  .createServer({ ...credentials("clinic"), requestCert: true, keepAliveTimeout: 60000 }, (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const number = body.toString("latin1").match(/TORT-\d+-\d{4}/)?.[0] ?? "none";
      note("took", number, request.headers["x-request-id"], sha(body), Date.now());
      if (arrived.has(number)) console.log(`again ${number}`);
      arrived.add(number);
      const answer = () => response.writeHead(200, { "Content-Type": "application/fhir+json" }).end();
      if (!isHolding) return answer();
      held.push(answer);
      console.log(`holding ${number}`);
    });
  })
  .listen(Number(clinicPort), "127.0.0.1");

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [order, value] = line.split(" ");
    if (order === "burst") senders.forEach((sender) => sender.add(Number(value)));
    if (order === "hold") isHolding = true;
    if (order === "go") {
      isHolding = false;
      held.splice(0).forEach((answer) => answer());
    }
  })
  .on("close", () => process.exit(0)); // ends with whoever started it
console.log("ready");
