-- The filter of the upgrade's filter chain. Its route has a connect_config, so that the router opens a TCP stream to the
-- internal listener and answers 200 by itself; what goes into that stream, and what comes back, is a session's.
local handshake = require("websocket.handshake")
local session = require("websocket.session")

local tunnel = {}

-- Sessions by number, for the response side of the same request; the request side keeps them alive.
local sessions = setmetatable({}, { __mode = "v" })
local last = 0

local METADATA = "notewire.websocket"

local CARRIED = { "cookie", "origin", "user-agent", "x-forwarded-for", "x-forwarded-proto", "x-request-id" }

function tunnel.on_request(handle)
  local headers = handle:headers()
  local function get(name)
    return headers:get(name)
  end
  local is_http1 = handle:streamInfo():protocol() ~= "HTTP/2"
  local status, text = handshake.refusal(get, is_http1, handle:metadata():get("allowed_origins"))
  if status then
    handle:respond({ [":status"] = status, ["content-type"] = "text/plain" }, text .. "\n")
    return
  end
  local carried = {}
  for _, name in ipairs(CARRIED) do
    carried[#carried + 1] = get(name) and { name, get(name) }
  end
  local call = session.new(get(":path"), get(":authority"), carried)
  local key = get("sec-websocket-key")
  call.accept = key and handle:base64Escape(handshake.accept(key))
  last = last + 1
  sessions[tostring(last)] = call
  handle:streamInfo():dynamicMetadata():set(METADATA, "session", tostring(last))
  headers:replace(":method", "POST") -- what the route's connect_config takes
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    chunk:setBytes(call:from_client(length > 0 and chunk:getBytes(0, length) or ""))
  end
end

function tunnel.on_response(handle)
  local found = handle:streamInfo():dynamicMetadata():get(METADATA)
  local call = found and sessions[found.session]
  local headers = handle:headers()
  if not call or headers:get(":status") ~= "200" then
    return
  end
  headers:replace(":status", "101")
  headers:replace("upgrade", "websocket")
  headers:replace("connection", "Upgrade")
  headers:replace("sec-websocket-protocol", handshake.PROTOCOL)
  if call.accept then
    headers:replace("sec-websocket-accept", call.accept)
  end
  headers:remove("content-length")
  -- The end of the stream comes as an empty chunk, and nothing else does.
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    chunk:setBytes(call:from_server(length > 0 and chunk:getBytes(0, length) or "", length == 0))
  end
end

return tunnel
