#!/usr/bin/env bash
# Sends each file as an MLLP frame through `openssl s_client`, all on one connection, and prints
# what came back, a line for each segment.
#   mllp_by_hand.sh PORT CA CERTIFICATE KEY FILE… [-- OPTION-OF-S_CLIENT…]
set -euo pipefail
port="$1" ca="$2" certificate="$3" key="$4"
shift 4
files=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
  files+=("$1")
  shift
done
[ $# -eq 0 ] || shift

coproc CLIENT {
  exec openssl s_client -quiet -verify_quiet -connect "127.0.0.1:$port" -CAfile "$ca" \
    -verify_return_error -verify_hostname gateway.demo.example -cert "$certificate" -key "$key" "$@"
}
client="$CLIENT_PID"
exec 3<&"${CLIENT[0]}" 4>&"${CLIENT[1]}"
trap 'kill "$client" 2>/dev/null || true' EXIT

for file in "${files[@]}"; do
  { printf '\x0b'; cat "$file"; printf '\x1c\r'; } >&4
  IFS= read -r -d $'\x1c' -t 20 answer <&3
  printf '%s\n' "$answer" | tr '\r\v' '\n '
done
