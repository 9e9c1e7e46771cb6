-- Lets a request on once it is whole, and only if it is exactly one gRPC message: gRPC's Python server never answers a
-- call whose message does not come. The filters before this one have made native gRPC of it by then, except of JSON at
-- the front door. What is no such message is INVALID_ARGUMENT, as the services say of bytes that they cannot decode.
--
-- A request that is not whole yet is on a route with a short life. What is noted here moves it to one of the routes for
-- whole ones.

local PREFIX = 5 -- a byte of flags, and the length of the message
local COMPRESSED = 1 -- the one flag that a request may have

-- What is wrong with these bytes as a request of one message; nil when nothing is.
local function fault(body)
  local size = body and body:length() or 0
  if size == 0 then
    return "the request has no message"
  end
  if size < PREFIX then
    return "the request ends before its message does"
  end
  local flags, a, b, c, d = body:getBytes(0, PREFIX):byte(1, PREFIX)
  local whole = PREFIX + a * 16777216 + b * 65536 + c * 256 + d
  if flags > COMPRESSED then
    return "the request begins with no message"
  elseif size < whole then
    return "the request ends before its message does"
  elseif size > whole then
    return "the request goes on after its message"
  end
  return nil
end

function envoy_on_request(handle)
  local content_type = handle:headers():get("content-type") or ""
  local is_grpc = content_type:find("^application/grpc") and not content_type:find("^application/grpc%-web")
  local body = handle:body() -- returns once it is whole
  local text = is_grpc and fault(body)
  if text then
    handle:respond({ [":status"] = "400", ["grpc-status"] = "3" }, text)
    return
  end
  handle:headers():remove("grpc-timeout") -- the life of the route so far
  handle:streamInfo():dynamicMetadata():set("notewire.request", "whole", true)
  handle:clearRouteCache()
end
