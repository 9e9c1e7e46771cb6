-- One WebSocket that carries one call: client frames in, HTTP/2 frames for the internal listener out, and back.
-- It does no I/O: from_client and from_server take bytes and return the bytes that go on.
--
-- A call that ends, or a client that breaks the protocol, gets a Close frame; the TCP connection ends when the client has
-- answered it, or when the internal listener loses patience with a connection that carries no call.
local be32 = require("websocket.be32")
local frames = require("websocket.frames")
local http2 = require("websocket.http2")
local metadata = require("websocket.metadata")

local session = {}

-- Kind byte, gRPC prefix, and the greatest message that the services take.
local MAX_MESSAGE = 1 + 5 + 4194304

-- The first byte of each message after message 0.
local KIND_DATA, KIND_FINISH = 0, 1

local PING_OF_CLIENT, PING_TO_CLOSE = "pong\0\0\0\0", "close\0\0\0"

local RESOURCE_EXHAUSTED, UNAVAILABLE = 8, 14

local Session = {}
Session.__index = Session

-- carried: fields of the upgrade request that belong to the call too, as {name, value}.
function session.new(path, authority, carried)
  local self = setmetatable({
    path = path,
    authority = authority,
    carried = carried,
    to_server = {},
    to_client = {},
    connected = false, -- the preface was sent
    metadata = {}, -- parts of message 0; false once it was complete
    kind = nil, -- of the message that is being read
    finished = false, -- the client has half-closed
    stream_window = http2.WINDOW,
    connection_window = http2.WINDOW,
    connection_window_opened = false,
    client_ping = nil, -- the latest payload that has no pong yet
    server_ping = nil,
    closing = nil, -- code of the Close frame to send, once it is decided
    reason = "",
    grpc_status = nil, -- what to tell the client before it
    closed = false, -- the Close frame was sent
    client_closed = false,
    prefix = "", -- bytes of a gRPC-Web frame's prefix that are not complete
    in_frame = 0, -- bytes of a gRPC-Web frame that are still to come
    ended_with_trailers = false,
  }, Session)
  self.client = frames.reader(self, metadata.MAX_BYTES)
  self.server = http2.reader(self)
  return self
end

local function send(self, bytes)
  if not self.connected then
    self.connected = true
    self.to_server[#self.to_server + 1] = http2.PREFACE
  end
  self.to_server[#self.to_server + 1] = bytes
end

-- Ends the call and has the server's answer to a ping bring the moment to send the Close frame.
local function close(self, code, reason, grpc_status)
  if self.closing then
    return
  end
  self.closing, self.reason, self.grpc_status = code, reason, grpc_status
  if not self.metadata then
    send(self, http2.RESET)
  end
  send(self, http2.ping(PING_TO_CLOSE))
end

local function open_call(self)
  local text = table.concat(self.metadata)
  local fields, reason = metadata.parse(text)
  if not fields then
    return close(self, frames.POLICY, reason)
  end
  self.metadata = false
  self.client.limit = MAX_MESSAGE
  local out = {
    http2.field(":method", "POST"),
    http2.field(":scheme", "http"),
    http2.field(":path", self.path),
    http2.field(":authority", self.authority),
    http2.field("content-type", "application/grpc-web+proto"),
    http2.field("x-grpc-web", "1"),
    http2.field("te", "trailers"),
  }
  for _, list in ipairs({ self.carried, fields }) do
    for _, field in ipairs(list) do
      out[#out + 1] = http2.field(field[1], field[2])
    end
  end
  send(self, http2.headers(table.concat(out)))
end

local function send_data(self, bytes)
  if #bytes > self.stream_window or #bytes > self.connection_window then
    return close(self, frames.TRY_AGAIN_LATER, "the service reads too slowly", RESOURCE_EXHAUSTED)
  end
  self.stream_window = self.stream_window - #bytes
  self.connection_window = self.connection_window - #bytes
  send(self, http2.data(bytes))
end

-- The listener of the client's frames.

function Session:on_data(part, final)
  if self.closing then
    return
  end
  if self.metadata then
    self.metadata[#self.metadata + 1] = part
    if final then
      open_call(self)
    end
    return
  end
  if self.finished then
    return close(self, frames.PROTOCOL_ERROR, "message after the client had finished")
  end
  if not self.kind then
    if part == "" then
      return close(self, frames.PROTOCOL_ERROR, "empty message")
    end
    self.kind = part:byte(1)
    if self.kind ~= KIND_DATA and self.kind ~= KIND_FINISH then
      return close(self, frames.UNSUPPORTED, "unknown kind of message")
    end
    part = part:sub(2)
  end
  if part ~= "" then
    if self.kind == KIND_FINISH then
      return close(self, frames.PROTOCOL_ERROR, "finish carries no message")
    end
    send_data(self, part)
  end
  if final then
    if self.kind == KIND_FINISH and not self.closing then
      self.finished = true
      send(self, http2.END)
    end
    self.kind = nil
  end
end

-- One ping is under way at most; the pong answers the latest, as RFC 6455, section 5.5.3 allows.
function Session:on_ping(payload)
  if not self.client_ping and not self.closing then
    send(self, http2.ping(PING_OF_CLIENT))
  end
  self.client_ping = payload
end

function Session:on_pong(payload)
  if payload == self.server_ping then
    self.server_ping = nil
    send(self, http2.ping_ack(payload))
  end
end

function Session:on_close(code)
  self.client_closed = true
  if not self.closing then
    self.closing, self.reason = code, ""
  end
  send(self, http2.ABORT)
end

function Session:on_violation(code, reason)
  close(self, code, reason)
end

function Session:from_client(bytes)
  self.client:feed(bytes)
  local out = self.to_server
  self.to_server = {}
  return table.concat(out)
end

-- The listener of the server's frames.

local function tell(self, opcode, payload)
  self.to_client[#self.to_client + 1] = frames.encode(opcode, payload)
end

-- Whether a whole number of gRPC-Web frames has gone to the client, so that one of ours may follow.
local function at_boundary(self)
  return self.in_frame == 0 and self.prefix == ""
end

local function say_goodbye(self)
  if self.closed then
    return
  end
  self.closed = true
  if self.grpc_status and at_boundary(self) then
    local trailers = ("content-type: application/grpc-web+proto\r\ngrpc-status: %d\r\ngrpc-message: %s\r\n"):format(
      self.grpc_status,
      self.reason
    )
    tell(self, frames.BINARY, "\128" .. be32(#trailers) .. trailers)
  end
  self.to_client[#self.to_client + 1] = frames.close(self.closing, self.reason)
end

-- Follows the gRPC-Web frames in the response, to know where one ends and whether the last one was trailers.
local function follow(self, part)
  local at = 1
  while at <= #part do
    if self.in_frame > 0 then
      local skipped = math.min(self.in_frame, #part - at + 1)
      self.in_frame = self.in_frame - skipped
      at = at + skipped
    else
      local missing = 5 - #self.prefix
      self.prefix = self.prefix .. part:sub(at, at + missing - 1)
      at = at + missing
      if #self.prefix == 5 then
        local flags, a, b, c, d = self.prefix:byte(1, 5)
        self.in_frame = a * 16777216 + b * 65536 + c * 256 + d
        self.ended_with_trailers = flags >= 128
        self.prefix = ""
      end
    end
  end
end

local function end_of_call(self, code, reason, grpc_status)
  if not self.closing then
    self.closing, self.reason, self.grpc_status = code, reason, grpc_status
  end
  say_goodbye(self)
end

function Session:on_response_data(part, final)
  if self.closed then
    return
  end
  if part ~= "" then
    follow(self, part)
    tell(self, frames.BINARY, part)
  end
  if final then
    if self.ended_with_trailers and at_boundary(self) then
      end_of_call(self, frames.NORMAL, "")
    else
      self:on_reset()
    end
  end
end

function Session:on_response_end()
  self:on_reset()
end

function Session:on_reset()
  end_of_call(self, frames.INTERNAL_ERROR, "the service broke off the call", UNAVAILABLE)
end

function Session:on_server_ping(payload)
  self.server_ping = payload
  if not self.closed then
    tell(self, frames.PING, payload)
  end
end

function Session:on_ping_ack(payload)
  if payload == PING_TO_CLOSE then
    say_goodbye(self)
  elseif self.client_ping then
    if not self.closed then
      tell(self, frames.PONG, self.client_ping)
    end
    self.client_ping = nil
  end
end

function Session:on_window(stream, increment)
  if stream ~= 0 then
    self.stream_window = self.stream_window + increment
  elseif self.connection_window_opened then
    self.connection_window = self.connection_window + increment
  else
    self.connection_window_opened = true -- the step from 64 KiB to WINDOW, which is counted from the beginning
  end
end

function Session:on_going_away(error_code)
  if error_code ~= 0 then
    self:on_reset()
  elseif self.metadata then
    end_of_call(self, frames.GOING_AWAY, "")
  end
end

-- final: the server has closed the connection, and so the WebSocket ends. It may also do so with its last bytes, when
-- nobody can say it: after ABORT every byte of it counts as the last.
function Session:from_server(bytes, final)
  self.server:feed(bytes)
  if self.client_closed then
    say_goodbye(self)
  elseif final and self.metadata then
    end_of_call(self, frames.POLICY, "no metadata in time")
  elseif final then
    self:on_reset()
  end
  local out = self.to_client
  self.to_client = {}
  return table.concat(out)
end

return session
