# What the engine runs on its own machine (local-exec), in plain POSIX sh. Usage, as $1 and the rest:
#
#   await-crd NAME                      until the cluster serves a custom resource definition
#   await-tenant NAME NAMESPACE         until a MinIO tenant is initialized
#   dns-add NAME TYPE VALUE COMMENT     a record at DreamHost, key in DREAMHOST_API_KEY
#   dns-remove NAME TYPE VALUE          the same record, gone
#
# PROVISION_CONTEXT and PROVISION_KUBECONFIG say which cluster; PROVISION_SECONDS how long to wait.
# Exit 0 only if it is done. Under FLYWHEEL_REPLAY=1 it prints what it would do, and calls nothing.
set -eu

say() { printf '%s\n' "provision: $*"; }
die() { printf '%s\n' "provision: $*" >&2; exit 1; }

replayed() {
  [ "${FLYWHEEL_REPLAY:-}" = 1 ] || return 1
  say "replay, not done: $*"
}

# kubectl on the cluster that the providers talk to, never on whichever context happens to be current.
on_cluster() {
  kubeconfig=${PROVISION_KUBECONFIG:-${KUBE_CONFIG_PATH:-}}
  case $kubeconfig in "~/"*) kubeconfig=$HOME/${kubeconfig#??} ;; esac
  set -- --context "$PROVISION_CONTEXT" "$@"
  if [ -n "$kubeconfig" ]; then set -- --kubeconfig "$kubeconfig" "$@"; fi
  kubectl "$@"
}

# await WHAT KUBECTL-ARGUMENTS...: repeats, since `kubectl wait` gives up at once on what is not there yet.
await() {
  what=$1
  shift
  seconds=${PROVISION_SECONDS:-300}
  if replayed "wait up to ${seconds}s for $what: kubectl --context $PROVISION_CONTEXT $*"; then return 0; fi
  command -v kubectl >/dev/null || die "kubectl is not on PATH: it is needed to wait for $what"
  deadline=$(($(date +%s) + seconds))
  while :; do
    if answer=$(on_cluster "$@" --timeout=5s 2>&1); then
      say "$what is ready"
      return 0
    fi
    [ "$(date +%s)" -lt "$deadline" ] || die "$what is not ready after ${seconds}s; kubectl's last word: $answer"
    sleep "${PROVISION_PAUSE:-2}"
  done
}

# A value inside double quotes of a curl configuration file.
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }

# dreamhost COMMAND FIELD=VALUE...: one call. Everything reaches curl on stdin: a command line is public on its machine.
dreamhost() {
  call=$1
  shift
  {
    printf '%s\n' 'url = "https://api.dreamhost.com/"' 'silent' 'show-error' 'fail' 'max-time = 30' 'retry = 3'
    for field in "key=$DREAMHOST_API_KEY" "cmd=$call" "$@"; do
      printf 'data-urlencode = "%s"\n' "$(quoted "$field")"
    done
  } | curl --config -
}

# Whether DreamHost has exactly this record. Its list is a table with a head line, columns separated by tabs.
has_record() {
  records=$(dreamhost dns-list_records) || die "DreamHost did not answer"
  printf '%s\n' "$records" | awk -F '\t' -v name="$1" -v type="$2" -v value="$3" '
    !("record" in column) { for (i = 1; i <= NF; i++) column[$i] = i; if (!("record" in column)) split("", column); next }
    $column["record"] == name && $column["type"] == type && $column["value"] == value { found = 1 }
    END { exit !found }'
}

dns() {
  command=$1 name=$2 type=$3 value=$4
  shift 4
  if replayed "$command at DreamHost: $name $type $value"; then return 0; fi
  [ -n "${DREAMHOST_API_KEY:-}" ] || die "there is no DreamHost API key"
  [ -n "$value" ] || die "$name has no address: set load_balancer_ip"
  answer=$(dreamhost "$command" "record=$name" "type=$type" "value=$value" "$@") || die "DreamHost did not answer"
  case $answer in
    success*) say "$command: $name $type $value" ;;
    *)
      # Done before, by hand or by a run that was cut off, is done.
      if has_record "$name" "$type" "$value"; then state=there; else state=gone; fi
      case $command/$state in
        dns-add_record/there | dns-remove_record/gone) say "$name $type $value is $state already" ;;
        *) die "DreamHost refused $command $name $type $value: $(printf '%s' "$answer" | tr '\n\t' '  ')" ;;
      esac
      ;;
  esac
}

case ${1:-} in
  await-crd) await "the definition of $2" wait --for=condition=Established "customresourcedefinition/$2" ;;
  await-tenant) await "MinIO tenant $3/$2" wait --namespace "$3" '--for=jsonpath={.status.currentState}=Initialized' "tenant.minio.min.io/$2" ;;
  dns-add) dns dns-add_record "$2" "$3" "$4" "comment=$5" ;;
  dns-remove) dns dns-remove_record "$2" "$3" "$4" ;;
  *) die "unknown command ${1:-}" ;;
esac
