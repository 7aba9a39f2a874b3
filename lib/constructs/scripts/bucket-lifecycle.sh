# Sets when objects of BUCKET at MINIO expire: nar/ after NAR_DAYS, chunks/ after CHUNK_DAYS, 0 for never. The rules are
# replaced as a whole, so that running it again changes nothing.
set -eu

. /credentials/config.env
mkdir -p "$MC_CONFIG_DIR"

attempts=60
# The keys go in on stdin: a command line is public in its pod.
until printf '%s\n%s\n' "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" | mc alias set store "$MINIO" >/dev/null && mc ls "store/$BUCKET" >/dev/null; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo "bucket $BUCKET is not there" >&2; exit 1; }
  sleep "${PAUSE:-5}"
done

rules=
rule() {
  [ "$2" -gt 0 ] || return 0
  rules="$rules${rules:+,}{\"ID\":\"expire-$1\",\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"$1/\"},\"Expiration\":{\"Days\":$2}}"
}
rule nar "$NAR_DAYS"
rule chunks "$CHUNK_DAYS"

if [ -n "$rules" ]; then
  printf '{"Rules":[%s]}\n' "$rules" | mc ilm rule import "store/$BUCKET"
elif mc ilm rule ls "store/$BUCKET" >/dev/null 2>&1; then
  mc ilm rule rm --all --force "store/$BUCKET"
fi
echo "objects of $BUCKET expire: nar/ after $NAR_DAYS days, chunks/ after $CHUNK_DAYS days (0: never)"
