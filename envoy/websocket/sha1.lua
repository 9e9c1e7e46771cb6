-- SHA-1 (RFC 3174), which the WebSocket handshake asks for. No security rests on it there.
local bit = require("bit")
local be32 = require("websocket.be32")
local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
local rol, lshift, tobit = bit.rol, bit.lshift, bit.tobit

local function words(text, first)
  local w = {}
  for i = 0, 15 do
    local a, b, c, d = text:byte(first + i * 4, first + i * 4 + 3)
    w[i] = bor(lshift(a, 24), lshift(b, 16), lshift(c, 8), d)
  end
  for i = 16, 79 do
    w[i] = rol(bxor(w[i - 3], w[i - 8], w[i - 14], w[i - 16]), 1)
  end
  return w
end

-- Function and constant of each round (RFC 3174, section 5).
local function mix(round, b, c, d)
  if round < 20 then
    return bor(band(b, c), band(bnot(b), d)), 0x5A827999
  elseif round < 40 then
    return bxor(b, c, d), 0x6ED9EBA1
  elseif round < 60 then
    return bor(band(b, c), band(b, d), band(c, d)), 0x8F1BBCDC
  end
  return bxor(b, c, d), 0xCA62C1D6
end

-- The digest of a text shorter than 512 MiB, as 20 bytes.
return function(text)
  local h0, h1, h2, h3, h4 = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0
  local padded = text .. "\128" .. ("\0"):rep((55 - #text) % 64) .. be32(0) .. be32(#text * 8)
  for first = 1, #padded, 64 do
    local w = words(padded, first)
    local a, b, c, d, e = h0, h1, h2, h3, h4
    for round = 0, 79 do
      local f, k = mix(round, b, c, d)
      a, b, c, d, e = tobit(rol(a, 5) + f + e + k + w[round]), a, rol(b, 30), c, d
    end
    h0, h1, h2, h3, h4 = tobit(h0 + a), tobit(h1 + b), tobit(h2 + c), tobit(h3 + d), tobit(h4 + e)
  end
  return be32(h0) .. be32(h1) .. be32(h2) .. be32(h3) .. be32(h4)
end
