// Google's grpc-web in both of its formats.
global.XMLHttpRequest = require("xhr2");
const { GrpcWebClientBase, MethodDescriptor, MethodType } = require("grpc-web");
const { decode, encode } = require("./echo_codec.cjs");

const [baseUrl] = process.argv.slice(2);
class Message {}

function method(name, type) {
  return new MethodDescriptor(`/note.test.Echo/${name}`, type, Message, Message, encode, decode);
}
const unary = method("Unary", MethodType.UNARY);
const serverStream = method("ServerStream", MethodType.SERVER_STREAMING);

function call(client, request) {
  return new Promise((resolve) => {
    client.rpcCall(baseUrl + unary.getName(), request, {}, unary, (error, message) =>
      resolve(error ? { code: error.code, message: error.message } : message.text),
    );
  });
}

function stream(client, request) {
  return new Promise((resolve) => {
    const texts = [];
    const call = client.serverStreaming(baseUrl + serverStream.getName(), request, {}, serverStream);
    call.on("data", (message) => texts.push(message.text));
    call.on("error", (error) => resolve({ texts, code: error.code }));
    call.on("end", () => resolve({ texts, code: 0 }));
  });
}

(async () => {
  const results = {};
  for (const format of ["text", "binary"]) {
    const client = new GrpcWebClientBase({ format });
    results[format] = {
      unary: await call(client, { text: "hello" }),
      error: await call(client, { text: "not so", fail: 3 }),
    };
  }
  const text = new GrpcWebClientBase({ format: "text" });
  results.text.stream = await stream(text, { text: "tick", count: 3, pauseMs: 20 });
  console.log(JSON.stringify(results));
})();
