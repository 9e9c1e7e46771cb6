// Connect-ES with its gRPC-Web transports over HTTP/1.1 (fetch, as browsers have it) and HTTP/2, and its gRPC transport.
import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, createGrpcWebTransport as createNodeGrpcWebTransport } from "@connectrpc/connect-node";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

const [baseUrl, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const service = registry.getService("note.test.Echo");
const transports = {
  "gRPC-Web, HTTP/1.1": createGrpcWebTransport({ baseUrl }),
  "gRPC-Web, HTTP/2": createNodeGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  gRPC: createGrpcTransport({ baseUrl }),
};

const LARGE = 200_000;
// A native call that may be a stream is answered before its end, and then the answer must fit into Node's window.
const SMALL = 50_000;

async function failure(call) {
  try {
    await call();
    return null;
  } catch (error) {
    const known = ConnectError.from(error);
    return { code: known.code, message: known.rawMessage, details: known.details.map((detail) => detail.type) };
  }
}

const results = {};
for (const [name, transport] of Object.entries(transports)) {
  const client = createClient(service, transport);
  const payload = new Uint8Array(name === "gRPC" ? SMALL : LARGE);
  const unary = await client.unary({ text: "hello", payload });
  const stream = [];
  const arrivals = [];
  for await (const message of client.serverStream({ text: "tick", count: 3, pauseMs: 200 })) {
    stream.push(message.text);
    arrivals.push(performance.now());
  }
  const broken = [];
  results[name] = {
    unary: [unary.text, unary.payload.length],
    stream,
    spread: arrivals.at(-1) - arrivals[0],
    error: await failure(() => client.unary({ fail: Code.InvalidArgument, text: "not so: é", violations: 2 })),
    midstream: await failure(async () => {
      for await (const message of client.serverStream({ count: 2, fail: Code.Aborted, text: "enough" })) {
        broken.push(message.text);
      }
    }),
    broken: broken.length,
    deadline: await failure(() => client.unary({ pauseMs: 5000 }, { timeoutMs: 200 })),
  };
}
console.log(JSON.stringify(results));
