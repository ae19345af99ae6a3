// The torture's partners, without a line of the gateway's code: a GP system that sends referrals
// over MLLP/TLS and takes the answers, a clinic that takes referrals over HTTPS and answers their
// Tasks, and a mail relay. Each writes what happened to the ledger, a line each, before anybody hears of it:
//   sent N · acked N · refused N WHY · repeated N · took N ID SHA · answered N · refused-task N STATUS · heard N CONTROL SHA
//   node peers.mjs FOLDER LEDGER TEMPLATE MLLP HTTPS GP CLINIC     (the last four are ports)
// Standard input: `burst COUNT` (that many new referrals for each patient), `again COUNT` (so many
// of each patient's last ones once more, as a sender does that missed the answer), `retry on|off`
// (whether peers fail each thing first). Says `drained N` when all that was sent has made its whole
// way, `repeated N` when all that was sent again has its AA.
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import https from "node:https";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import tls from "node:tls";

import { credentialsIn, openLedger, referralsFrom, sha } from "./partners.mjs";

const [folder, ledgerFile, templateFile, ...ports] = process.argv.slice(2);
const [mllpPort, httpsPort, gpPort, clinicPort] = ports.map(Number);
const patients = 4; // one connection each
const pause = 15; // ms before another try
const patience = 5000; // ms for an answer

const write = openLedger(ledgerFile);
const credentials = credentialsIn(folder);

// --- what is known, and whether all is done -------------------------------------------------
const known = { sent: new Set(), acked: new Set(), took: new Set(), answered: new Set(), heard: new Set() };
let announced = 0;
function note(event, number, ...more) {
  write(event, number, ...more);
  known[event]?.add(number);
  const total = known.sent.size;
  const steps = [known.acked, known.took, known.answered, known.heard];
  if (total > announced && wanted === 0 && steps.every((step) => step.size >= total)) {
    announced = total;
    console.log(`drained ${total}`);
  }
}

// --- peers that fail first -------------------------------------------------------------------
let failing = false;
const seen = new Set();
// Which of `kinds` ways this thing fails at its first coming; -1: none.
function fate(id, kinds) {
  const first = !seen.has(id);
  seen.add(id);
  return failing && first ? parseInt(sha(id).slice(0, 6), 16) % kinds : -1;
}

// --- the GP system sends ---------------------------------------------------------------------
const largeLetter = randomBytes(72 * 1024).toString("base64"); // more than the gateway keeps in memory
// One in eight or so has a letter that goes through a file.
const referral = referralsFrom(templateFile, (f, number) => {
  const isLarge = /^TORT-0-\d*[13579]$/.test(number);
  if (f[0] === "OBX" && isLarge) f[5] = f[5].replace(/\^Base64\^.*/, `^Base64^${largeLetter}`);
});

let wanted = 0; // referrals not yet sent for the first time
let unrepeated = 0;
let repeated = 0;
class Sender {
  constructor(key) {
    Object.assign(this, { key, next: 0, queue: 0, current: null, socket: null, got: "" });
    this.done = []; // acknowledged
    this.repeats = [];
  }
  again(count) {
    this.repeats.push(...this.done.slice(-count));
    unrepeated += Math.min(count, this.done.length);
    if (!this.current) this.begin();
  }
  add(count) {
    this.queue += count;
    wanted += count;
    if (!this.current) this.begin();
  }
  begin() {
    this.isRepeat = this.repeats.length > 0;
    if (this.isRepeat) {
      this.current = this.repeats.shift();
    } else {
      if (this.queue === 0) return;
      this.queue--;
      this.current = `TORT-${this.key}-${String(++this.next).padStart(4, "0")}`;
      wanted--;
      note("sent", this.current);
    }
    this.frame = Buffer.from(`\x0b${referral(this.current, `PAT${this.key}`)}\x1c\r`, "latin1");
    this.send();
  }
  send() {
    this.got = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.socket?.destroy(), patience);
    if (this.socket) {
      this.socket.write(this.frame);
      return;
    }
    const socket = tls.connect({ host: "127.0.0.1", port: mllpPort, servername: "localhost", ...credentials("gp") });
    this.socket = socket;
    socket.on("secureConnect", () => socket.write(this.frame));
    socket.on("data", (bytes) => this.receive(bytes.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.socket === socket) this.socket = null;
      if (this.current) setTimeout(() => this.current && !this.socket && this.send(), pause);
    });
  }
  receive(text) {
    this.got += text;
    if (!this.got.endsWith("\x1c\r") || !this.current) return;
    const answer = this.got;
    this.got = "";
    const msa = answer.split("\r").find((line) => line.startsWith("MSA|"))?.split("|") ?? [];
    if (msa[1] === "AA" && msa[2] === this.current) {
      clearTimeout(this.timer);
      const number = this.current;
      this.current = null;
      if (this.isRepeat) {
        note("repeated", number);
        if (--unrepeated === 0) console.log(`repeated ${++repeated}`);
      } else {
        this.done.push(number);
        note("acked", number);
      }
      this.begin();
    } else {
      const err = answer.split("\r").find((line) => line.startsWith("ERR|")) ?? "";
      note("refused", this.current, msa[1], err.slice(0, 200));
      setTimeout(() => this.current && this.send(), pause);
    }
  }
}
const senders = Array.from({ length: patients }, (_, key) => new Sender(key));

// --- the clinic takes referrals and answers their Tasks ---------------------------------------
https
  .createServer({ ...credentials("clinic"), requestCert: true, keepAliveTimeout: 60000 }, (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const id = request.headers["x-request-id"];
      const end = (status) => response.writeHead(status, { "Content-Type": "application/fhir+json" }).end();
      const failure = fate(`clinic ${id}`, 3);
      if (failure === 0) return end(503);
      if (failure === 1) return request.socket.destroy();
      const number = body.toString("latin1").match(/TORT-\d+-\d{4}/)?.[0] ?? "none";
      const isNew = !known.took.has(number);
      note("took", number, id, sha(body));
      if (isNew) {
        const task = JSON.parse(body).entry.find((entry) => entry.resource.resourceType === "Task");
        setTimeout(() => answerTask(number, task.resource.id), 5);
      }
      if (failure === 2) return request.socket.destroy(); // taken, and nobody knows
      end(200);
    });
  })
  .listen(clinicPort, "127.0.0.1");

const agent = new https.Agent({ keepAlive: true, maxSockets: 4, ...credentials("clinic") });
function call(method, path, headers, body, then) {
  let isDone = false;
  const done = (...result) => {
    if (!isDone) then(...result);
    isDone = true;
  };
  const request = https.request(
    { agent, method, host: "localhost", family: 4, port: httpsPort, path, headers, timeout: patience },
    (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => done(response.statusCode, response.headers, Buffer.concat(parts).toString()));
      response.on("error", () => done(0));
      response.on("close", () => done(0));
    },
  );
  request.on("timeout", () => request.destroy());
  request.on("error", () => done(0));
  request.end(body);
}

function answerTask(number, id) {
  const again = () => setTimeout(() => answerTask(number, id), pause);
  const path = `/fhir/Task/${id}`;
  call("GET", path, {}, undefined, (status, headers, text) => {
    if (status !== 200) return again();
    const task = JSON.parse(text);
    if (task.status === "accepted") return note("answered", number); // by the try before
    task.status = "accepted";
    const put = { "Content-Type": "application/fhir+json", "If-Match": headers.etag };
    call("PUT", path, put, JSON.stringify(task), (result, _, why) => {
      if (result === 200) return note("answered", number);
      if (![0, 409, 412, 429].includes(result) && result < 500) {
        return note("refused-task", number, result, (why ?? "").replace(/\s+/g, " ").slice(0, 300));
      }
      again();
    });
  });
}

// --- the GP system hears of them ---------------------------------------------------------------
tls
  .createServer({ ...credentials("gp"), requestCert: true }, (socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\x1c\r"); end >= 0; end = text.indexOf("\x1c\r")) {
        hear(socket, text.slice(text.indexOf("\x0b") + 1, end));
        text = text.slice(end + 2);
      }
    });
  })
  .listen(gpPort, "127.0.0.1");

let before = "none"; // the control id of the message before
function hear(socket, message) {
  const lines = message.split("\r").map((line) => line.split("|"));
  const control = lines[0][9];
  const number = lines.find((line) => line[0] === "RF1")[6].split("^")[0];
  const answer = (code, about) =>
    socket.write(`\x0bMSH|^~\\&|GP|GP|PB|PB|20260101||ACK|${sha(control + code)}|P|2.4\rMSA|${code}|${about}\r\x1c\r`);
  const failure = fate(`gp ${control}`, 4);
  if (failure === 0) return answer("AA", before); // a late answer, to another message
  if (failure === 1) return answer("AE", control);
  if (failure === 2) return socket.destroy();
  before = control;
  note("heard", number, control, sha(message));
  if (failure === 3) return socket.destroy();
  answer("AA", control);
}

// --- a mail relay takes the alarms ---------------------------------------------------------------
const relay = createServer((socket) => {
  let text = "";
  let isData = false;
  const say = (line) => socket.write(`${line}\r\n`);
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (isData) {
        appendFileSync(`${folder}/alarms.txt`, line + "\n");
        isData = line !== ".";
        if (!isData) say("250 taken");
      } else if (line === "DATA") {
        isData = true;
        say("354 go ahead");
      } else if (line === "QUIT") {
        socket.end("221 bye\r\n");
      } else {
        say("250 relay");
      }
    }
  });
  say("220 relay");
});
relay.listen(0, "127.0.0.1", () => {
  console.log(`relay ${relay.address().port}`);
  console.log("ready");
});

// --- orders --------------------------------------------------------------------------------------
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [order, value] = line.split(" ");
    if (order === "burst") senders.forEach((sender) => sender.add(Number(value)));
    if (order === "again") senders.forEach((sender) => sender.again(Number(value)));
    if (order === "retry") failing = value === "on";
  })
  .on("close", () => process.exit(0)); // ends with whoever started it
