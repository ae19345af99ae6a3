// A third party's HL7 server as the referrer's system: takes MLLP over mutual TLS, accepts every
// message, and prints what happens, a JSON object a line.
//   node receive.mjs PORT TLS_FOLDER
// Of node-hl7-server 2.5.0 one must know: it hands `requestCert` and `ca` to Node's TLS, which then
// refuses strangers, and always listens on every address; and it keeps the text of a connection's
// first message before its second, so that it acknowledges the first again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "node-hl7-server";

const [port, tls] = process.argv.slice(2);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const server = new Server({
  tls: {
    key: readFileSync(join(tls, "gp.key")),
    cert: readFileSync(join(tls, "gp.pem")),
    ca: readFileSync(join(tls, "ca.pem")),
    requestCert: true,
  },
});
const inbound = server.createInbound({ port: Number(port) }, async (request, response) => {
  const message = request.getMessage();
  const ids = message
    .toString()
    .split("\r")
    .filter((segment) => segment.startsWith("MSH|"))
    .map((segment) => segment.split("|")[9]);
  const part = (name) => message.get(name)?.toString() ?? "";
  say("message", {
    type: part("MSH.9.1"),
    ids: ids.join(" "),
    acknowledges: `${part("MSA.1")} ${part("MSA.2")}`,
    asks: `${part("MSH.15")} ${part("MSH.16")}`,
  });
  await response.sendResponse("AA");
});
inbound.on("listen", () => say("listening"));
inbound.on("client.connect", (socket) =>
  say("connected", {
    authorized: String(socket.authorized),
    peer: socket.getPeerCertificate().subject.CN,
    protocol: socket.getProtocol(),
  }),
);
inbound.on("data.error", (error) => say("fault", { text: String(error) }));
inbound.on("error", (error) => say("fault", { text: String(error) }));

// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();
