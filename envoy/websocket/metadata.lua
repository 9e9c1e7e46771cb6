-- Message 0 of the grpc-websockets protocol: the metadata of the call as lines "name: value\r\n".
local metadata = { MAX_BYTES = 16384 }

local MAX_FIELDS = 64

-- What only the bridge or Envoy itself may say: framing, hop-by-hop fields, and where a request came from.
local RESERVED = {
  connection = true,
  cookie = true,
  expect = true,
  forwarded = true,
  host = true,
  ["keep-alive"] = true,
  origin = true,
  te = true,
  trailer = true,
  ["transfer-encoding"] = true,
  upgrade = true,
  ["user-agent"] = true,
  via = true,
  ["x-grpc-web"] = true,
  ["x-http-method-override"] = true,
  ["x-real-ip"] = true,
  ["x-request-id"] = true,
}
local RESERVED_PREFIXES = { "content%-", "grpc%-message", "grpc%-status", "proxy%-", "sec%-", "x%-envoy%-", "x%-forwarded%-" }

local function is_reserved(name)
  if RESERVED[name] then
    return true
  end
  for _, prefix in ipairs(RESERVED_PREFIXES) do
    if name:find("^" .. prefix) then
      return true
    end
  end
  return false
end

-- A list of {name, value} in the order of the text, reserved names left out; nil and a reason when it is malformed.
function metadata.parse(text)
  local fields, count = {}, 0
  for line in text:gmatch("[^\r\n]+") do
    local name, value = line:match("^([%w%-_%.]+):[ \t]*([\32-\126]-)[ \t]*$")
    if not name then
      return nil, "malformed metadata"
    end
    count = count + 1
    if count > MAX_FIELDS then
      return nil, "more than " .. MAX_FIELDS .. " metadata fields"
    end
    name = name:lower()
    if not is_reserved(name) then
      fields[#fields + 1] = { name, value }
    end
  end
  return fields
end

return metadata
