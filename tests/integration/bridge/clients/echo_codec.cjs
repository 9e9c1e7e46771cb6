// note.test.Message for clients that want classes made by protoc-gen-js: text = 1, count = 3, pause_ms = 4, fail = 5.
const { BinaryReader, BinaryWriter } = require("google-protobuf");

function encode({ text = "", count = 0, pauseMs = 0, fail = 0 }) {
  const writer = new BinaryWriter();
  writer.writeString(1, text);
  writer.writeInt32(3, count);
  writer.writeInt32(4, pauseMs);
  writer.writeInt32(5, fail);
  return writer.getResultBuffer();
}

function decode(bytes) {
  const reader = new BinaryReader(bytes);
  const message = { text: "", count: 0 };
  while (reader.nextField() && !reader.isEndGroup()) {
    if (reader.getFieldNumber() === 1) message.text = reader.readString();
    else if (reader.getFieldNumber() === 3) message.count = reader.readInt32();
    else reader.skipField();
  }
  return message;
}

module.exports = { decode, encode };
