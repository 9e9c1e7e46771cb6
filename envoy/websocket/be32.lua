-- A number below 2^32 as four bytes, the most significant first: how HTTP/2, gRPC-Web and SHA-1 write lengths.
local bit = require("bit")
local band, rshift = bit.band, bit.rshift

return function(number)
  return string.char(
    band(rshift(number, 24), 255),
    band(rshift(number, 16), 255),
    band(rshift(number, 8), 255),
    band(number, 255)
  )
end
