// A third party's HL7 client as the referrer: sends each file over MLLP with mutual TLS and prints
// what it was answered, a JSON object a line.
//   node send.mjs PORT TLS_FOLDER FILE…
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Client, { Message } from "node-hl7-client";

const [port, tls, ...files] = process.argv.slice(2);
const patience = setTimeout(() => {
  console.error("send.mjs: no answer in time");
  process.exit(1);
}, 30_000);

for (const file of files) {
  // The client wants CR between segments and nothing behind the last.
  const text = readFileSync(file, "utf8").replace(/\r?\n|\r/g, "\r").trim();
  const message = new Message({ text });
  const client = new Client({
    host: "localhost",
    version: message.get("MSH.12.1").toString(),
    tls: {
      ca: readFileSync(join(tls, "ca.pem")),
      cert: readFileSync(join(tls, "gp.pem")),
      key: readFileSync(join(tls, "gp.key")),
      rejectUnauthorized: true,
    },
  });
  const answer = await new Promise((resolve, reject) => {
    const connection = client.createConnection({ port: Number(port) }, async (response) => {
      resolve(response.getMessage());
      await connection.close();
    });
    connection.on("error", reject);
    connection.on("client.error", reject);
    connection.sendMessage(message).catch(reject);
  });
  const error = answer.toString().split("\r").find((segment) => segment.startsWith("ERR|"));
  console.log(
    JSON.stringify({
      code: answer.get("MSA.1").toString(),
      about: answer.get("MSA.2").toString(),
      id: answer.get("MSH.10").toString(),
      sent: message.get("MSH.10").toString(),
      error: error ?? "",
    }),
  );
}
clearTimeout(patience);
process.exit(0);
