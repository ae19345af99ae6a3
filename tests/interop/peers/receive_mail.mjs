// A third party's mail relay: takes mail by STARTTLS or TLS, after a login, and prints what it got,
// a JSON object a line.
//   node receive_mail.mjs TLS_FOLDER starttls|tls|nothing
// `nothing` offers neither TLS nor a login.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";

const [tls, mode] = process.argv.slice(2);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const server = new SMTPServer({
  key: readFileSync(join(tls, "gp.key")),
  cert: readFileSync(join(tls, "gp.pem")),
  secure: mode === "tls",
  disabledCommands: mode === "nothing" ? ["STARTTLS", "AUTH"] : [],
  authOptional: mode === "nothing",
  onAuth({ username, password }, session, done) {
    say("login", { user: username, secure: String(session.secure) });
    return password === "relay-secret" ? done(null, { user: username }) : done(new Error("wrong"));
  },
  onRcptTo(address, session, done) {
    return address.address.startsWith("gone") ? done(new Error("no such user")) : done();
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const text = Buffer.concat(parts).toString("utf8");
      const [head, body] = text.split("\r\n\r\n");
      say("mail", {
        secure: String(session.secure),
        to: session.envelope.rcptTo.map((each) => each.address).join(" "),
        head,
        body: Buffer.from(body, "base64").toString("utf8"),
      });
      done();
    });
  },
});
server.on("error", (error) => say("fault", { text: String(error) }));
server.listen(0, "127.0.0.1", () => say("listening", { port: String(server.server.address().port) }));

// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();
