-- Gives every error that Envoy makes for a JSON client the shape that the transcoder gives to errors of the service:
-- {"code": <gRPC code>, "message": "...", "details": []}. Gives gRPC-Web clients the same code: Envoy has UNKNOWN for a
-- body that is too large or late, and INTERNAL for one that is wrong. Runs only on routes that turn it on.

-- The gRPC code that stands for an HTTP status. What a client did wrong and that is not listed is INVALID_ARGUMENT.
local CODES = {
  ["401"] = 16, -- UNAUTHENTICATED
  ["403"] = 7, -- PERMISSION_DENIED
  ["404"] = 12, -- UNIMPLEMENTED
  ["405"] = 12,
  ["408"] = 4, -- DEADLINE_EXCEEDED
  ["409"] = 10, -- ABORTED
  ["413"] = 8, -- RESOURCE_EXHAUSTED
  ["429"] = 8,
  ["431"] = 8,
  ["502"] = 14, -- UNAVAILABLE
  ["503"] = 14,
  ["504"] = 4,
}

local function code_of(status)
  if CODES[status] then
    return CODES[status]
  end
  return tonumber(status) < 500 and 3 or 13 -- INVALID_ARGUMENT, INTERNAL
end

-- What Envoy says is one line of English, followed at times by what it did not understand.
local function quoted(text)
  local line = text:match("^[^\r\n]*")
  return '"' .. line:gsub('[%c"\\\127-\255]', function(char)
    return char:byte() < 128 and ("\\u%04x"):format(char:byte()) or "\\ufffd"
  end) .. '"'
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get(":status")
  local content_type = headers:get("content-type") or ""
  if tonumber(status) < 400 or content_type:find("^application/json") then
    return
  end
  if headers:get("grpc-status") then
    headers:replace("grpc-status", tostring(code_of(status)))
    return
  end
  local body = handle:body(true)
  local message = body:length() > 0 and body:getBytes(0, body:length()) or "HTTP " .. status
  local json = ('{"code":%d,"message":%s,"details":[]}'):format(code_of(status), quoted(message))
  body:setBytes(json)
  headers = handle:headers() -- the wait for the body ended the life of the first
  headers:replace("content-type", "application/json")
  headers:replace("content-length", tostring(#json))
end
