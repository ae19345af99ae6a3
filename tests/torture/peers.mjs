// The torture's partners, without a line of the gateway's code: a GP system that sends over MLLP/TLS
// and takes the answers, a clinic that takes referrals over HTTPS and answers their Tasks, an annex
// that takes what comes over HTTPS and a desk that takes it over MLLP, and a mail relay. Each writes
// what happened to the ledger, a line each, before anybody hears of it:
//   sent N PLACE,PLACE SHA|- · acked N · refused N WHY · repeated N · took N PLACE ID SHA · unanswered N PLACE
//   answered N · refused-task N STATUS · heard N CONTROL SHA · drained COUNT · started
// A digest behind `sent` is that of bytes which must arrive as they are.
//   node peers.mjs FOLDER LEDGER TEMPLATE MLLP HTTPS GP CLINIC     (the last four are ports)
// Standard input: `burst COUNT` (that many new messages for each patient), `kind KIND` (of those that
// are asked for from now on), `again COUNT` (so many of each patient's last ones once more, as a sender
// does that missed the answer), `retry on|off` (whether peers fail each thing first), `away PLACE` (it
// takes nothing until all else is done), `gone PLACE` (until `back`), `started` (the gateway or its store began anew). Says `drained N` when all that was sent has made its whole
// way, `repeated N` when all that was sent again has its answer, and at first `ports RELAY ANNEX DESK`.
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

// What is sent, where it must arrive, and by which code its sender knows it safe. Fields as in
// line.split("|"): those of MSH are one less than their number.
const kinds = {
  mapped: { to: ["clinic"], code: "AA" },
  split: { to: ["clinic", "annex"], code: "AA", fields: { RF1: { 2: "S" } } },
  commit: { to: ["clinic"], code: "CA", fields: { MSH: { 14: "AL", 15: "NE" } } },
  passed: { to: ["desk"], code: "AA", isRaw: true, fields: { MSH: { 4: "DESK" } } },
  safe: { to: ["desk"], code: "CA", isRaw: true, fields: { MSH: { 4: "DESK", 14: "AL", 15: "NE" } } },
  shared: { to: ["desk", "annex"], code: "AA", isRaw: true, fields: { MSH: { 4: "BOTH" } } },
};
let kind = kinds.mapped;

// --- what is known, and whether all is done -------------------------------------------------
const undone = new Map(); // number -> the steps that have still to come
const taken = new Set(); // "PLACE N"
let total = 0;
let announced = 0;
let away = null; // the place that takes nothing
let isGone = false; // whatever else is done

function stepsOf({ to, isRaw }) {
  return ["acked", ...to.map((place) => `took ${place}`), ...(isRaw ? [] : ["answered", "heard"])];
}
function noteSent(number, kind, bytes) {
  write("sent", number, kind.to.join(","), kind.isRaw ? sha(bytes) : "-");
  undone.set(number, new Set(stepsOf(kind)));
  total++;
}
function note(event, number, ...more) {
  write(event, number, ...more);
  const left = undone.get(number);
  left?.delete(event === "took" ? `took ${more[0]}` : event);
  if (left?.size === 0) undone.delete(number);
  if (wanted > 0) return;
  const isAwaited = ([step, ...others]) => others.length === 0 && step === `took ${away}`;
  if (away && !isGone && [...undone.values()].every((left) => isAwaited([...left]))) away = null;
  if (undone.size === 0 && total > announced) {
    announced = total;
    write("drained", total);
    console.log(`drained ${total}`);
  }
}
// Whether it is new.
function noteTaken(place, number, id, bytes) {
  const isNew = !taken.has(`${place} ${number}`);
  taken.add(`${place} ${number}`);
  note("took", number, place, id, sha(bytes));
  return isNew;
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
  for (const [at, value] of Object.entries(kind.fields?.[f[0]] ?? {})) f[at] = value;
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
      Object.assign(this, this.repeats.shift());
    } else {
      if (this.queue === 0) return;
      this.queue--;
      this.current = `TORT-${this.key}-${String(++this.next).padStart(4, "0")}`;
      this.code = kind.code;
      const bytes = Buffer.from(referral(this.current, `PAT${this.key}`), "latin1");
      this.frame = Buffer.concat([Buffer.from("\x0b"), bytes, Buffer.from("\x1c\r")]);
      noteSent(this.current, kind, bytes);
      wanted--;
    }
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
    if (msa[1] === this.code && msa[2] === this.current) {
      clearTimeout(this.timer);
      const number = this.current;
      this.current = null;
      if (this.isRepeat) {
        note("repeated", number);
        if (--unrepeated === 0) console.log(`repeated ${++repeated}`);
      } else {
        this.done = [...this.done.slice(-63), { current: number, code: this.code, frame: this.frame }];
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

// --- the clinic and the annex take what comes over HTTPS ---------------------------------------
function takeOverHttps(place, onNew = () => {}) {
  const options = { ...credentials("clinic"), requestCert: true, keepAliveTimeout: 60000 };
  return https.createServer(options, (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const id = request.headers["x-request-id"];
      const end = (status) => response.writeHead(status, { "Content-Type": "application/fhir+json" }).end();
      const failure = fate(`${place} ${id}`, 3);
      if (away === place || failure === 1) return request.socket.destroy();
      if (failure === 0) return end(503);
      const number = body.toString("latin1").match(/TORT-\d+-\d{4}/)?.[0] ?? "none";
      if (noteTaken(place, number, id, body)) onNew(number, body);
      if (failure === 2) {
        write("unanswered", number, place);
        return request.socket.destroy();
      }
      end(200);
    });
  });
}
takeOverHttps("clinic", (number, body) => {
  const task = JSON.parse(body).entry.find((entry) => entry.resource.resourceType === "Task");
  setTimeout(() => answerTask(number, task.resource.id), 5);
}).listen(clinicPort, "127.0.0.1");
const annex = takeOverHttps("annex");

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
      response.on("end", () => {
        if (!request.writableEnded) request.destroy(); // answered before its body was wanted
        done(response.statusCode, response.headers, Buffer.concat(parts).toString());
      });
      response.on("error", () => done(0));
      response.on("close", () => done(0));
    },
  );
  request.on("timeout", () => request.destroy());
  request.on("error", () => done(0));
  if (!headers.Expect) return request.end(body);
  request.on("continue", () => request.end(body));
  request.flushHeaders();
}

function answerTask(number, id) {
  const again = () => setTimeout(() => answerTask(number, id), pause);
  const path = `/fhir/Task/${id}`;
  call("GET", path, {}, undefined, (status, headers, text) => {
    if (status !== 200) return again();
    const task = JSON.parse(text);
    if (task.status === "accepted") return note("answered", number); // by the try before
    task.status = "accepted";
    const body = JSON.stringify(task);
    const put = { "Content-Type": "application/fhir+json", "If-Match": headers.etag };
    if (/[13579]$/.test(number)) Object.assign(put, { Expect: "100-continue", "Content-Length": Buffer.byteLength(body) });
    call("PUT", path, put, body, (result, _, why) => {
      if (result === 200) return note("answered", number);
      if (![0, 409, 412, 429].includes(result) && result < 500) {
        return note("refused-task", number, result, (why ?? "").replace(/\s+/g, " ").slice(0, 300));
      }
      again();
    });
  });
}

// --- the GP system hears of them, and the desk takes what comes, over MLLP -----------------------
// `take` notes a message that was not failed; `isThere` is asked first.
function takeOverMllp(name, isThere, take) {
  let before = "none"; // the control id of the message before
  const onMessage = (socket, message) => {
    const lines = message.split("\r").map((line) => line.split("|"));
    const control = lines[0][9];
    const answer = (code, about) =>
      socket.write(`\x0bMSH|^~\\&|GP|GP|PB|PB|20260101||ACK|${sha(control + code)}|P|2.4\rMSA|${code}|${about}\r\x1c\r`);
    const failure = fate(`${name} ${control}`, 4);
    if (failure === 0) return answer("AA", before); // a late answer, to another message
    if (failure === 1) return answer("AE", control);
    if (failure === 2 || !isThere()) return socket.destroy();
    before = control;
    const number = lines.find((line) => line[0] === "RF1")[6].split("^")[0];
    take(number, control, Buffer.from(message, "latin1"));
    if (failure === 3) {
      write("unanswered", number, name);
      return socket.destroy();
    }
    answer("AA", control);
  };
  return tls.createServer({ ...credentials("gp"), requestCert: true }, (socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\x1c\r"); end >= 0; end = text.indexOf("\x1c\r")) {
        onMessage(socket, text.slice(text.indexOf("\x0b") + 1, end));
        text = text.slice(end + 2);
      }
    });
  });
}
takeOverMllp(
  "gp",
  () => true,
  (number, control, bytes) => note("heard", number, control, sha(bytes)),
).listen(gpPort, "127.0.0.1");
const desk = takeOverMllp(
  "desk",
  () => away !== "desk",
  (number, control, bytes) => noteTaken("desk", number, control, bytes),
);

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
Promise.all([relay, annex, desk].map((server) => new Promise((up) => server.listen(0, "127.0.0.1", () => up(server.address().port))))).then(
  (all) => {
    console.log(`ports ${all.join(" ")}`);
    console.log("ready");
  },
);

// What the gateway before left in the sockets comes first.
function noteStart() {
  setTimeout(() => setImmediate(() => setImmediate(() => setImmediate(() => write("started")))), pause);
}

// --- orders --------------------------------------------------------------------------------------
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [order, value] = line.split(" ");
    if (order === "burst") senders.forEach((sender) => sender.add(Number(value)));
    if (order === "kind") kind = kinds[value];
    if (["away", "gone", "back"].includes(order)) [away, isGone] = [value ?? null, order === "gone"];
    if (order === "started") noteStart();
    if (order === "again") senders.forEach((sender) => sender.again(Number(value)));
    if (order === "retry") failing = value === "on";
  })
  .on("close", () => process.exit(0)); // ends with whoever started it
