-- WebSocket frames (RFC 6455, section 5) as the server end sees them: it reads masked frames and writes plain ones.
local bit = require("bit")
local ffi = require("ffi")
local band, bxor, bor, lshift, rshift = bit.band, bit.bxor, bit.bor, bit.lshift, bit.rshift

local frames = { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 }

-- Close codes (RFC 6455, section 7.4.1).
frames.NORMAL = 1000
frames.GOING_AWAY = 1001
frames.PROTOCOL_ERROR = 1002
frames.UNSUPPORTED = 1003
frames.POLICY = 1008
frames.TOO_BIG = 1009
frames.INTERNAL_ERROR = 1011
frames.TRY_AGAIN_LATER = 1013

local MAX_CONTROL = 125

function frames.encode(opcode, payload)
  local length = #payload
  local first = 128 + opcode
  if length <= 125 then
    return string.char(first, length) .. payload
  elseif length <= 0xFFFF then
    return string.char(first, 126, rshift(length, 8), band(length, 255)) .. payload
  end
  return string.char(first, 127, 0, 0, 0, 0)
    .. string.char(rshift(length, 24), band(rshift(length, 16), 255), band(rshift(length, 8), 255), band(length, 255))
    .. payload
end

-- A Close frame; the reason is cut to what a control frame holds.
function frames.close(code, reason)
  return frames.encode(frames.CLOSE, string.char(rshift(code, 8), band(code, 255)) .. reason:sub(1, MAX_CONTROL - 2))
end

-- One buffer for all: nothing yields while it is in use.
local scratch, capacity = ffi.new("uint8_t[?]", 65536), 65536

-- bytes[first..last] without their mask; `offset` bytes of the same frame came before.
local function unmask(bytes, first, last, key, offset)
  local length = last - first + 1
  if length > capacity then
    scratch, capacity = ffi.new("uint8_t[?]", length), length
  end
  ffi.copy(scratch, ffi.cast("const char *", bytes) + first - 1, length)
  local k = { [0] = key[offset % 4], key[(offset + 1) % 4], key[(offset + 2) % 4], key[(offset + 3) % 4] }
  -- Signed, as the results of bxor are: an unsigned word would go through a double.
  local words = ffi.cast("int32_t *", scratch)
  local word = bor(k[0], lshift(k[1], 8), lshift(k[2], 16), lshift(k[3], 24))
  local whole = rshift(length, 2)
  for i = 0, whole - 1 do
    words[i] = bxor(words[i], word)
  end
  for i = whole * 4, length - 1 do
    scratch[i] = bxor(scratch[i], k[i % 4])
  end
  return ffi.string(scratch, length)
end

local function close_code(payload)
  if #payload == 0 then
    return frames.NORMAL
  end
  local high, low = payload:byte(1, 2)
  local code = low and high * 256 + low or 0
  if code < 1000 or code > 4999 or (code >= 1004 and code <= 1006) or (code >= 1015 and code < 3000) then
    return frames.PROTOCOL_ERROR
  end
  return code
end

local Reader = {}
Reader.__index = Reader

-- Reads frames out of whatever pieces the network makes of them and tells the listener:
--   on_data(part, final)        a piece of a binary message, without waiting for the rest
--   on_ping(payload), on_pong(payload)
--   on_close(code)              the client said goodbye
--   on_violation(code, reason)  the client broke the protocol; code says how to close
-- After a close, or when the frames themselves are broken, it reads no more. Text and messages that are too long it reads
-- to their end, so that the client's answer to the close is found. `limit` is the greatest length of a message and may
-- change between messages.
function frames.reader(listener, limit)
  return setmetatable({
    listener = listener,
    limit = limit,
    pending = "", -- a header or a control frame that is not complete
    opcode = nil, -- of the frame whose payload is being read
    final = true,
    left = 0,
    offset = 0,
    key = {},
    in_message = false,
    message_length = 0,
    stopped = false,
  }, Reader)
end

function Reader:stop()
  self.stopped = true
  self.pending = ""
end

function Reader:violation(code, reason)
  if code == frames.PROTOCOL_ERROR then
    self:stop()
  end
  self.listener:on_violation(code, reason)
end

-- Why a header is not allowed here, with the close code, or nothing.
local function refusal(self, b1, b2)
  local opcode, length = band(b1, 15), band(b2, 127)
  if band(b1, 0x70) ~= 0 then
    return frames.PROTOCOL_ERROR, "reserved bit set"
  elseif b2 < 128 then
    return frames.PROTOCOL_ERROR, "frame is not masked"
  elseif (opcode > frames.BINARY and opcode < frames.CLOSE) or opcode > frames.PONG then
    return frames.PROTOCOL_ERROR, "unknown opcode"
  elseif opcode >= frames.CLOSE then
    if b1 < 128 or length > MAX_CONTROL then
      return frames.PROTOCOL_ERROR, "control frame is fragmented or too long"
    end
  elseif opcode == frames.TEXT then
    return frames.UNSUPPORTED, "binary messages only"
  elseif (opcode == frames.CONTINUATION) ~= self.in_message then
    return frames.PROTOCOL_ERROR, "fragments out of order"
  end
end

-- Reads a header at `at`; gives the position after it, or nil when more bytes are needed or the reader stopped.
local function read_header(self, bytes, at)
  local available = #bytes - at + 1
  if available < 2 then
    return nil
  end
  local b1, b2 = bytes:byte(at, at + 1)
  local code, reason = refusal(self, b1, b2)
  if code then
    self:violation(code, reason)
    if self.stopped then
      return nil
    end
  end
  local length = band(b2, 127)
  local extended = length == 126 and 2 or length == 127 and 8 or 0
  if available < 6 + extended then
    return nil
  end
  if extended > 0 then
    length = 0
    for i = at + 2, at + 1 + extended do
      length = length * 256 + bytes:byte(i)
    end
  end
  self.opcode, self.final = band(b1, 15), b1 >= 128
  if self.opcode < frames.CLOSE then
    self.message_length = self.message_length + length
    if self.message_length > self.limit then
      self:violation(frames.TOO_BIG, "message is larger than " .. self.limit .. " bytes")
    end
    self.in_message = not self.final
  end
  local key = self.key
  key[0], key[1], key[2], key[3] = bytes:byte(at + 2 + extended, at + 5 + extended)
  self.left, self.offset = length, 0
  return at + 6 + extended
end

local function control(self, payload)
  local opcode = self.opcode
  self.opcode = nil
  if opcode == frames.PING then
    self.listener:on_ping(payload)
  elseif opcode == frames.PONG then
    self.listener:on_pong(payload)
  else
    self:stop()
    self.listener:on_close(close_code(payload))
  end
end

-- Reads what it can of the current frame's payload; gives the position after it, or nil when more bytes are needed.
local function read_payload(self, bytes, at)
  local last = math.min(#bytes, at + self.left - 1)
  local is_control = self.opcode >= frames.CLOSE
  if is_control and last - at + 1 < self.left then
    return nil
  end
  local part = last >= at and unmask(bytes, at, last, self.key, self.offset) or ""
  if is_control then
    control(self, part)
    return last + 1
  end
  local count = last - at + 1
  self.left, self.offset = self.left - count, self.offset + count
  local complete = self.left == 0
  if complete then
    self.opcode = nil
  end
  local ends_message = complete and self.final
  if ends_message then
    self.message_length = 0
  end
  if count > 0 or ends_message then
    self.listener:on_data(part, ends_message)
  end
  return last + 1
end

function Reader:feed(bytes)
  if self.stopped then
    return
  end
  if self.pending ~= "" then
    bytes, self.pending = self.pending .. bytes, ""
  end
  local at, next_at = 1, nil
  while not self.stopped do
    if self.opcode then
      if at > #bytes and self.left > 0 then
        return
      end
      next_at = read_payload(self, bytes, at)
    elseif at > #bytes then
      return
    else
      next_at = read_header(self, bytes, at)
    end
    if not next_at then
      break
    end
    at = next_at
  end
  if not self.stopped then
    self.pending = bytes:sub(at)
  end
end

return frames
