// A TLS server by Node.js: PORT CHAIN KEY STAPLE. Says on its output which handshakes failed.
import { readFileSync } from "node:fs";
import { createServer } from "node:tls";

const [port, chain, key, staple] = process.argv.slice(2);
const options = { cert: readFileSync(chain), key: readFileSync(key), minVersion: "TLSv1.2" };
const server = createServer(options, (socket) => {
  socket.on("error", (error) => console.log("failed:", error.message));
  socket.resume();
});
server.on("OCSPRequest", (_certificate, _issuer, answer) => answer(null, readFileSync(staple)));
server.on("tlsClientError", (error) => console.log("failed:", error.message));
server.listen(Number(port), "127.0.0.1");
