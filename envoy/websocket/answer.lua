-- The outermost filter of the internal listener: repeats the response headers in the body as the first gRPC-Web frame with
-- bit 7 set, where a client of the grpc-websockets protocol looks for them. An answer that is nothing but headers becomes
-- that one frame, with its grpc-status.
local be32 = require("websocket.be32")

local answer = {}

-- For answers that are no gRPC at all (gRPC's own table, doc/http-grpc-status-mapping.md).
local STATUS = { ["400"] = 13, ["401"] = 16, ["403"] = 7, ["404"] = 12, ["429"] = 14, ["502"] = 14, ["503"] = 14, ["504"] = 14 }
local UNKNOWN = 2

local HIDDEN = { ["content-length"] = true, ["content-type"] = true, date = true, server = true }

local function is_shown(name)
  return not (HIDDEN[name] or name:find("^:") or name:find("^x%-envoy%-") or name:find("^access%-control%-"))
end

local function frame(lines)
  local text = "content-type: application/grpc-web+proto\r\n" .. table.concat(lines)
  return "\128" .. be32(#text) .. text
end

function answer.on_response(handle)
  local headers = handle:headers()
  local lines = {}
  for name, value in pairs(headers) do
    if is_shown(name) then
      lines[#lines + 1] = name .. ": " .. value .. "\r\n"
    end
  end
  local is_grpc_web = (headers:get("content-type") or ""):find("^application/grpc%-web") ~= nil
  local complete = headers:get("grpc-status") ~= nil
  if not complete and not (is_grpc_web and headers:get(":status") == "200") then
    local status = headers:get(":status")
    lines = { ("grpc-status: %d\r\ngrpc-message: HTTP %s\r\n"):format(STATUS[status] or UNKNOWN, status) }
    complete = true
  end
  headers:remove("content-length")
  if complete then
    handle:body(true):setBytes(frame(lines))
    return
  end
  local head = frame(lines)
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    chunk:setBytes(head .. (length > 0 and chunk:getBytes(0, length) or ""))
    head = ""
  end
end

return answer
