// @improbable-eng/grpc-web over its WebSocket transport: every kind of method.
global.WebSocket = require("ws");
const { grpc } = require("@improbable-eng/grpc-web");
const { decode, encode } = require("./echo_codec.cjs");

const [host] = process.argv.slice(2);
class Request {}
const Response = { deserializeBinary: decode };

function call(methodName, requestStream, requests, { finish = true, metadata = {} } = {}) {
  return new Promise((resolve) => {
    const method = {
      methodName,
      service: { serviceName: "note.test.Echo" },
      requestStream,
      responseStream: true,
      requestType: Request,
      responseType: Response,
    };
    const client = grpc.client(method, { host, transport: grpc.WebsocketTransport() });
    const texts = [];
    client.onMessage((message) => texts.push(message.text.slice(0, 40)));
    client.onEnd((code, message, trailers) => resolve({ texts, code, message, trailers: Object.keys(trailers.headersMap) }));
    client.start(new grpc.Metadata(metadata));
    for (const request of requests) client.send({ serializeBinary: () => encode(request) });
    if (finish) client.finishSend();
  });
}

(async () => {
  const results = {
    unary: await call("Unary", false, [{ text: "hello" }]),
    error: await call("Unary", false, [{ text: "not so", fail: 3 }]),
    unimplemented: await call("Nothing", false, [{}]),
    serverStream: await call("ServerStream", false, [{ text: "tick", count: 3 }]),
    midstream: await call("ServerStream", false, [{ text: "tick", count: 2, fail: 10 }]),
    clientStream: await call("ClientStream", true, [{ text: "a" }, { text: "x".repeat(100_000) }]),
    bidi: await call("Bidi", true, [{ text: "a" }, { text: "y".repeat(50_000) }]),
    endedByService: await call("Bidi", true, [{ text: "a" }, { text: "end" }], { finish: false }),
    deadline: await call("Unary", false, [{ pauseMs: 5000 }], { metadata: { "grpc-timeout": "200m" } }),
  };
  console.log(JSON.stringify(results));
  process.exit(0);
})();
