-- The opening handshake (RFC 6455, section 4.2, and RFC 8441 over HTTP/2) of the grpc-websockets protocol.
local sha1 = require("websocket.sha1")

local handshake = { PROTOCOL = "grpc-websockets" }

local GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

local function offers_protocol(header)
  for name in (header or ""):gmatch("[^,%s]+") do
    if name == handshake.PROTOCOL then
      return true
    end
  end
  return false
end

-- A page may connect to the origin that it came from and to those on the list; what is not a browser sends no origin.
function handshake.origin_allowed(origin, own_origin, allowed)
  if not origin then
    return true
  end
  origin = origin:lower()
  if origin == own_origin:lower() then
    return true
  end
  for _, matcher in ipairs(allowed or {}) do
    if origin == matcher.exact:lower() then
      return true
    end
  end
  return false
end

-- The HTTP status and the text to refuse an upgrade with, or nothing when it is good. `get` reads a request header;
-- only HTTP/1.1 has to bring a key.
function handshake.refusal(get, is_http1, allowed_origins)
  local own_origin = (get("x-forwarded-proto") or get(":scheme") or "http") .. "://" .. (get(":authority") or "")
  if not handshake.origin_allowed(get("origin"), own_origin, allowed_origins) then
    return "403", "this origin may not open a WebSocket"
  end
  if not offers_protocol(get("sec-websocket-protocol")) then
    return "400", "the subprotocol must be " .. handshake.PROTOCOL
  end
  if get("sec-websocket-version") ~= "13" then
    return "426", "the WebSocket version must be 13"
  end
  local key = get("sec-websocket-key")
  if is_http1 and not key or key and not (#key == 24 and key:find("^[%w+/]+==$")) then
    return "400", "malformed Sec-WebSocket-Key"
  end
  if not (get(":path") or ""):find("^/[%w_%.]+/[%w_]+$") then
    return "404", "the path must be /package.Service/Method"
  end
end

-- What proves to the client that the upgrade was understood, before base64.
function handshake.accept(key)
  return sha1(key .. GUID)
end

return handshake
