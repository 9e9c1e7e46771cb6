// A unary gRPC call over HTTP/2 with Node's own small window, whose request ends only a while after its message.
const http2 = require("node:http2");

const [baseUrl, path, message] = process.argv.slice(2);
const session = http2.connect(baseUrl);
const call = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
let size = 0;
let status = null;
call.on("data", (piece) => (size += piece.length));
call.on("trailers", (trailers) => (status = trailers["grpc-status"]));
call.on("close", () => {
  console.log(JSON.stringify({ size, status }));
  session.close();
});
call.write(Buffer.from(message, "hex"));
setTimeout(() => call.end(), 300);
