-- Gives every error that Envoy makes for a JSON client the shape that the transcoder gives to errors of the service:
-- {"code": <gRPC code>, "message": "...", "details": []}. Runs only on routes that turn it on.

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

local function quoted(text)
  return '"' .. text:gsub('[%c"\\\127]', function(char)
    return string.format("\\u%04x", char:byte())
  end) .. '"'
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get(":status")
  local content_type = headers:get("content-type") or ""
  if tonumber(status) < 400 or content_type:find("application/json", 1, true) == 1 then
    return
  end
  local body = handle:body(true)
  local message = body:length() > 0 and body:getBytes(0, body:length()) or "HTTP " .. status
  local json = string.format('{"code":%d,"message":%s,"details":[]}', code_of(status), quoted(message))
  body:setBytes(json)
  headers:replace("content-type", "application/json")
  headers:replace("content-length", tostring(#json))
end
