-- The client end of an HTTP/2 connection (RFC 9113) that carries one request: as much as a WebSocket needs to reach the
-- internal listener, whose Envoy is the only server it ever meets.
local bit = require("bit")
local be32 = require("websocket.be32")
local band, rshift = bit.band, bit.rshift

local http2 = { DATA = 0, HEADERS = 1, RST_STREAM = 3, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8, CONTINUATION = 9 }

local SETTINGS = 4
local END_STREAM, ACK, END_HEADERS = 1, 1, 4
local STREAM = 1
local MAX_FRAME = 16384
local CANCEL = 8

-- What the listener takes before it says more: its initial_stream_window_size and initial_connection_window_size.
http2.WINDOW = 33554432

local function frame(kind, flags, stream, payload)
  return be32(#payload):sub(2) .. string.char(kind, flags) .. be32(stream) .. payload
end

-- Preface, SETTINGS (no dynamic header table, no push, the widest window), the widest connection window, and the
-- acknowledgement of settings that have yet to come: without it the server would count with the 64 KiB of RFC 9113
-- until its settings made the round trip, and end uploads that are faster than that.
http2.PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  .. frame(SETTINGS, 0, 0, "\0\1\0\0\0\0" .. "\0\2\0\0\0\0" .. "\0\4\127\255\255\255")
  .. frame(http2.WINDOW_UPDATE, 0, 0, be32(0x7FFFFFFF - 65535))
  .. frame(SETTINGS, ACK, 0, "")

-- DATA on stream 0 is a connection error: the server cancels the call and closes at once.
http2.ABORT = frame(http2.DATA, 0, 0, "")

http2.RESET = frame(http2.RST_STREAM, 0, STREAM, be32(CANCEL))

http2.END = frame(http2.DATA, END_STREAM, STREAM, "")

-- HPACK (RFC 7541): a string of at most 2^21 bytes, not Huffman coded.
local function hpack_string(text)
  local length = #text
  if length < 127 then
    return string.char(length) .. text
  end
  local prefix = string.char(127)
  length = length - 127
  while length >= 128 do
    prefix = prefix .. string.char(band(length, 127) + 128)
    length = rshift(length, 7)
  end
  return prefix .. string.char(length) .. text
end

-- A header field, never indexed: there is no table to keep.
function http2.field(name, value)
  return "\0" .. hpack_string(name) .. hpack_string(value)
end

-- The frames that open the request with these fields.
function http2.headers(block)
  local out = {}
  for at = 1, #block, MAX_FRAME do
    local kind = at == 1 and http2.HEADERS or http2.CONTINUATION
    local flags = at + MAX_FRAME > #block and END_HEADERS or 0
    out[#out + 1] = frame(kind, flags, STREAM, block:sub(at, at + MAX_FRAME - 1))
  end
  return table.concat(out)
end

function http2.data(bytes)
  if #bytes <= MAX_FRAME then
    return frame(http2.DATA, 0, STREAM, bytes)
  end
  local out = {}
  for at = 1, #bytes, MAX_FRAME do
    out[#out + 1] = frame(http2.DATA, 0, STREAM, bytes:sub(at, at + MAX_FRAME - 1))
  end
  return table.concat(out)
end

-- payload: 8 bytes.
function http2.ping(payload)
  return frame(http2.PING, 0, 0, payload)
end

function http2.ping_ack(payload)
  return frame(http2.PING, ACK, 0, payload)
end

local Reader = {}
Reader.__index = Reader

-- Reads the server's frames and tells the listener:
--   on_response_data(part, final)        a piece of the response body; final: the response is complete
--   on_response_end()                    the response is complete and its last frame had no body
--   on_server_ping(payload), on_ping_ack(payload)
--   on_window(stream, increment)         stream is 0 for the connection
--   on_reset()                           the server gave up the call
--   on_going_away(error_code)            0: it ends this connection in good order
-- Header fields are skipped: the internal listener repeats in the body what a client has to see.
function http2.reader(listener)
  return setmetatable({ listener = listener, pending = "", kind = nil, flags = 0, stream = 0, left = 0 }, Reader)
end

local function number_at(bytes, at)
  local a, b, c, d = bytes:byte(at, at + 3)
  return band(a, 127) * 16777216 + b * 65536 + c * 256 + d
end

-- Frames that are small and needed whole.
local function control(self, payload)
  local listener, kind = self.listener, self.kind
  if kind == http2.WINDOW_UPDATE then
    listener:on_window(self.stream, number_at(payload, 1))
  elseif kind == http2.PING then
    if band(self.flags, ACK) ~= 0 then
      listener:on_ping_ack(payload)
    else
      listener:on_server_ping(payload)
    end
  elseif kind == http2.RST_STREAM then
    listener:on_reset()
  elseif kind == http2.GOAWAY then
    listener:on_going_away(number_at(payload, 5))
  end
end

local function is_control(self)
  local kind = self.kind
  return kind == http2.WINDOW_UPDATE or kind == http2.PING or kind == http2.RST_STREAM or kind == http2.GOAWAY
end

local function read_payload(self, bytes, at)
  local available = math.min(self.left, #bytes - at + 1)
  if is_control(self) then
    if available < self.left then
      return nil
    end
    control(self, bytes:sub(at, at + self.left - 1))
    self.kind = nil
    return at + available
  end
  self.left = self.left - available
  local ends = self.left == 0 and band(self.flags, END_STREAM) ~= 0
  if self.kind == http2.DATA and (available > 0 or ends) then
    self.listener:on_response_data(bytes:sub(at, at + available - 1), ends)
  elseif self.kind == http2.HEADERS and ends then
    self.listener:on_response_end()
  end
  if self.left == 0 then
    self.kind = nil
  end
  return at + available
end

function Reader:feed(bytes)
  if self.pending ~= "" then
    bytes, self.pending = self.pending .. bytes, ""
  end
  local at = 1
  while true do
    if not self.kind then
      if #bytes - at + 1 < 9 then
        break
      end
      local a, b, c, kind, flags = bytes:byte(at, at + 4)
      self.left, self.kind, self.flags = a * 65536 + b * 256 + c, kind, flags
      self.stream = number_at(bytes, at + 5)
      at = at + 9
    end
    if self.left > 0 and at > #bytes then
      break
    end
    local next_at = read_payload(self, bytes, at)
    if not next_at then
      break
    end
    at = next_at
  end
  self.pending = bytes:sub(at)
end

return http2
