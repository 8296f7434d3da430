-- Sends prebuilt submissions in turn, and prints the outcome as one line of JSON.
-- Arguments: the path to post to, the file of requests ("address<TAB>body" per line), and the API key or an empty text.
-- There is no `response` function: with one, wrk would take every answer apart for it and leave the server less of the
-- machine. wrk itself counts the answers that are neither 2xx nor 3xx.
local requests = {}
local nextIndex = 0

function init(args)
  for line in io.lines(args[2]) do
    local address, body = line:match("^([^\t]+)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json", ["X-Forwarded-For"] = address }
    if args[3] ~= "" then headers["X-API-Key"] = args[3] end
    requests[#requests + 1] = wrk.format("POST", args[1], headers, body)
  end
end

function request()
  nextIndex = nextIndex % #requests + 1
  return requests[nextIndex]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.6f,"answers":%d,"refused":%d,"socketErrors":%d,"timeouts":%d}\n',
    summary.duration / 1e6, summary.requests, errors.status, errors.connect + errors.read + errors.write, errors.timeout
  ))
end
