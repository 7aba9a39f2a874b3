# Makes the public cache "main" where there is none. ATTIC is the server's address, ATTIC_JWT_HS256_SECRET_B64 its signing key.
set -eu

command -v curl >/dev/null || apk add --no-cache --quiet curl

waited=0
until curl --silent --fail --output /dev/null "$ATTIC/"; do
  waited=$((waited + 5))
  [ "$waited" -le "${PATIENCE:-900}" ] || { echo "no answer from $ATTIC after ${waited}s" >&2; exit 1; }
  sleep "${PAUSE:-5}"
done

there() { curl --silent --fail --output /dev/null "$ATTIC/main/nix-cache-info"; }
if there; then echo "cache main is there"; exit 0; fi

# HMAC-SHA256 (RFC 2104) out of sha256sum: `openssl dgst -hmac` would take the key on its command line.
hex() { od -An -v -tx1 | tr -d '\n'; }
octet() { printf '\\0%d%d%d' $(($1 >> 6)) $(($1 >> 3 & 7)) $(($1 & 7)); }
octets() { for pair in "$@"; do octet $((0x$pair)); done; }
sha() { sha256sum | cut -c1-64 | sed 's/../& /g'; }
# masked MASK KEY...: the key's octets, filled up to a block of 64, each xor the mask.
masked() {
  mask=$1 left=64
  shift
  for pair in "$@"; do
    octet $((0x$pair ^ mask))
    left=$((left - 1))
  done
  while [ "$left" -gt 0 ]; do
    octet "$mask"
    left=$((left - 1))
  done
}
# shellcheck disable=SC2046,SC2086 # The words are octets.
hmac() {
  key=$(printf '%s' "$ATTIC_JWT_HS256_SECRET_B64" | base64 -d | hex)
  set -- $key
  if [ $# -gt 64 ]; then set -- $(printf '%b' "$(octets "$@")" | sha); fi
  inner=$({ printf '%b' "$(masked 54 "$@")"; cat; } | sha)
  { printf '%b' "$(masked 92 "$@")"; printf '%b' "$(octets $inner)"; } | sha
}
base64url() { base64 | tr -d '=\n' | tr '+/' '-_'; }

claims=$(printf '{"sub":"init-cache","exp":%d,"https://jwt.attic.rs/v1":{"caches":{"main":{"r":1,"cc":1}}}}' $(($(date +%s) + 600)))
unsigned=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(printf '%s' "$claims" | base64url)
# shellcheck disable=SC2046
token=$unsigned.$(printf '%b' "$(octets $(printf '%s' "$unsigned" | hmac))" | base64url)

answer=$(printf 'Authorization: Bearer %s\n' "$token" | curl --silent --show-error --header @- --header 'Content-Type: application/json' \
  --data '{"keypair":"Generate","is_public":true,"store_dir":"/nix/store","priority":41,"upstream_cache_key_names":[]}' \
  --write-out '\nHTTP %{http_code}' "$ATTIC/_api/v1/cache-config/main")

# Another run may have been faster: what counts is that it is there.
if there; then echo "cache main is there"; exit 0; fi
printf 'cache main could not be made: %s\n' "$answer" >&2
exit 1
