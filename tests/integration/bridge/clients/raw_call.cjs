// One native gRPC request of any bytes over HTTP/2, with what came back and after how many seconds; "open" never ends it.
const http2 = require("node:http2");

const [baseUrl, path, body, end] = process.argv.slice(2);
const began = Date.now();
const session = http2.connect(baseUrl);
const fields = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
const call = session.request(fields, { endStream: false });
const answer = {};
call.on("response", (headers) => Object.assign(answer, headers));
call.on("trailers", (trailers) => Object.assign(answer, trailers));
call.on("data", () => {});
call.on("close", () => {
  console.log(JSON.stringify({ ...answer, seconds: (Date.now() - began) / 1000 }));
  session.destroy();
});
if (body) call.write(Buffer.from(body, "hex"));
if (end !== "open") call.end();
