#!/usr/bin/env bash
# native.sh PROGRAM [ARGUMENT ...] - runs the program beside Prometheus and Alertmanager, with the rules of the real stack and without Docker.
# All that they keep is in .linli/observe/; Ctrl-C stops them.
set -euo pipefail
cd "$(dirname "$0")/../.."

stack=$PWD/observability/stack
kept=$PWD/.linli/observe
mkdir -p "$kept"

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

# The configuration of the stack, but for where things are. What is not here is not watched, so that nothing is told to be down.
sed -e "s|/etc/prometheus/rules|$stack/prometheus/rules|" \
    -e 's|dns_sd_configs: \[{names: \[api\].*|static_configs: [{targets: ["127.0.0.1:9464"]}]|' \
    -e 's|alertmanager:9093|127.0.0.1:19093|' -e 's|localhost:9090|127.0.0.1:19090|' "$stack/prometheus/prometheus.yml" |
    awk '
        /^  - job_name:/ { job = $3; left_out = job !~ /^(api|prometheus|alertmanager)$/ }
        !left_out
    ' >"$kept/prometheus.yml"

started=()
# shellcheck disable=SC2317 # called by the trap
stop() {
    trap - EXIT INT TERM
    [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true
    wait
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run NAME COMMAND ... - in the background, with a log of its own.
run() {
    local name=$1
    shift
    # Not in our process group, or Ctrl-C would stop it before the program has said its last words.
    setsid "$@" >"$kept/$name.log" 2>&1 &
    started+=($!)
}

# At other ports than usual, where the packages of Debian start servers of their own.
run prometheus prometheus --config.file="$kept/prometheus.yml" --storage.tsdb.path="$kept/prometheus" --storage.tsdb.retention.time=35d \
    --enable-feature=exemplar-storage --web.listen-address=127.0.0.1:19090 --log.level=warn
run alertmanager prometheus-alertmanager --config.file="$stack/alertmanager/alertmanager.yml" --storage.path="$kept/alertmanager" \
    --web.listen-address=127.0.0.1:19093 --cluster.listen-address= --log.level=warn

sleep 1
for index in "${!started[@]}"; do
    kill -0 "${started[$index]}" 2>/dev/null && continue
    say "one of them did not start:"
    tail -n 5 "$kept"/*.log >&2
    exit 1
done
say "Prometheus: http://127.0.0.1:19090 (rules and alerts: /alerts)   Alertmanager: http://127.0.0.1:19093"
say "not here, since Debian has no packages of them: Jaeger, Loki, Grafana. With Docker, \`docker compose up\` has them all"

export LINLI_METRICS_LISTEN=${LINLI_METRICS_LISTEN:-127.0.0.1:9464}
"$@" &
program=$!
# Asked to stop by the same Ctrl-C, it finishes what is under way.
trap 'kill "$program" 2>/dev/null || true' INT TERM
status=0
wait "$program" || status=$?
# A signal interrupts the first wait, not the program.
while kill -0 "$program" 2>/dev/null; do wait "$program" || status=$?; done
exit "$status"
