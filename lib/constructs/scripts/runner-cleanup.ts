export interface RunnerCleanupScriptProps {
  readonly namespace: string;
  /** Seconds that a pod may outlive its own deletion: its grace period has passed by then. */
  readonly stuckAfter: number;
  /** Age in seconds at which a succeeded pod goes. */
  readonly succeededAfter: number;
  /** Age in seconds at which a failed pod goes. */
  readonly failedAfter: number;
}

/**
 * The script of the cleanup job: POSIX sh with `date +%s` and kubectl. The API has no field selector for deletionTimestamp, so it
 * lists all pods once and decides by itself. It prints one line for each pod it acts on and a summary, and exits 1 when the list
 * or any deletion fails, after it has tried all. Kubernetes reads `$(NAME)` and a doubled dollar sign in a command as its own:
 * the script has neither.
 */
export function runnerCleanupScript(props: RunnerCleanupScriptProps): string {
  return `set -eu
namespace='${props.namespace}'

# Seconds since 1970 of a UTC time as the API writes it, 2026-04-16T09:12:00Z. Not by date -d: images differ in what theirs reads.
# The year begins in March here, so that the leap day is its last; a leading 1 keeps 08 and 09 from being octal numbers.
seconds() (
  IFS=-T:Z
  set -f
  set -- $1
  y=$1 m=$((1$2 - 100)) d=$((1$3 - 100)) clock=$(((1$4 - 100) * 3600 + (1$5 - 100) * 60 + 1$6 - 100))
  if [ "$m" -le 2 ]; then y=$((y - 1)) m=$((m + 12)); fi
  echo "$(((365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 719469) * 86400 + clock))"
)

now=$(date +%s)
if ! pods=$(kubectl get pods --namespace "$namespace" --no-headers \\
  --output 'custom-columns=N:.metadata.name,P:.status.phase,C:.metadata.creationTimestamp,D:.metadata.deletionTimestamp'); then
  echo "runner-cleanup: cannot list the pods of $namespace; nothing was deleted" >&2
  exit 1
fi

seen=0 deleted=0 failed=0
while read -r name phase created gone; do
  [ -n "$name" ] || continue
  seen=$((seen + 1))
  how=--wait=false
  case $gone,$phase in
    '<none>,Succeeded') since=$created after=${props.succeededAfter} why=succeeded ;;
    '<none>,Failed') since=$created after=${props.failedAfter} why=failed ;;
    '<none>,'*) continue ;;
    *) since=$gone after=${props.stuckAfter} why='stuck in deletion' how='--force --grace-period=0 --wait=false' ;;
  esac
  age=$((now - $(seconds "$since")))
  [ "$age" -gt "$after" ] || continue
  # No quotes around $how: it is one or more options.
  if answer=$(kubectl delete pod "$name" --namespace "$namespace" --ignore-not-found $how </dev/null 2>&1); then
    deleted=$((deleted + 1))
    echo "$name: deleted ($why, $age s)"
  else
    failed=$((failed + 1))
    echo "$name: not deleted ($why, $age s): $answer" >&2
  fi
done <<PODS
$pods
PODS

echo "runner-cleanup: $seen pods in $namespace, $deleted deleted, $failed not deleted"
[ "$failed" -eq 0 ]
`;
}
