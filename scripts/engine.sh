#!/usr/bin/env bash
# Starts and stops a throw-away Docker engine for tests (Linux, root).
#
#   scripts/engine.sh start [DIRECTORY]   prints DOCKER_HOST=..., all else goes to DIRECTORY/log
#   scripts/engine.sh stop DIRECTORY      ends it and removes DIRECTORY; silent
#
# Everything of the engine lies in DIRECTORY (new, or empty), apart from the cgroups of its containers. It has no bridge
# and no firewall rules: what needs a network during a build takes the host's. gVisor is offered when it is installed.
set -euo pipefail

start() {
  local directory
  if [ $# -gt 0 ]; then
    mkdir -p "$1"
    if [ -n "$(ls -A "$1")" ]; then
      echo "Cannot start an engine in $1: an empty directory is required" >&2
      return 1
    fi
    directory=$(cd "$1" && pwd -P)
  else
    directory=$(mktemp -d "${TMPDIR:-/tmp}/rlm-engine.XXXXXX")
  fi
  local socket=$directory/docker.sock
  # The kernel keeps 107 bytes of a socket's path.
  if [ ${#socket} -gt 107 ]; then
    echo "Cannot start an engine in $directory: a shorter path is required" >&2
    return 1
  fi
  if ! command -v dockerd > "$directory/log"; then
    echo "Cannot start an engine: dockerd is required; apt-get install docker.io brings it" >&2
    return 1
  fi

  local runtimes='{}' runsc
  if runsc=$(command -v runsc); then
    # Its other platform, kvm, can hang; the network of a sandbox is none in any case.
    runtimes="{\"runsc\": {\"path\": \"$runsc\", \"runtimeArgs\": [\"--network=none\", \"--platform=ptrace\"]}}"
  fi
  cat > "$directory/daemon.json" <<JSON
{
  "iptables": false, "ip6tables": false, "bridge": "none", "ip-forward": false, "ip-masq": false,
  "shutdown-timeout": 1, "runtimes": $runtimes
}
JSON
  # In a session of its own: a Ctrl-C ends the tests first, then their trap ends the engine.
  setsid dockerd --config-file "$directory/daemon.json" --data-root "$directory/data" --exec-root "$directory/exec" \
    --pidfile "$directory/pid" --host "unix://$socket" < /dev/null >> "$directory/log" 2>&1 &
  local engine=$!

  local tries
  for tries in $(seq 1 300); do
    if answers "$socket"; then
      echo "DOCKER_HOST=unix://$socket"
      return 0
    fi
    if ! kill -0 "$engine" 2> /dev/null; then break; fi
    sleep 0.2
  done
  echo "Cannot start an engine in $directory: it ended or did not answer within a minute; its log ends with" >&2
  tail -n 20 "$directory/log" >&2
  stop "$directory"
  return 1
}

# The docker command is a package of its own on newer Debians; what is tested needs the engine only.
answers() {
  [ -S "$1" ] && node -e '
    const options = { socketPath: process.argv[1], path: "/_ping", timeout: 2000 };
    require("node:http").get(options, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))
      .on("error", () => process.exit(1)).on("timeout", () => process.exit(1));' "$1"
}

stop() {
  local directory=${1:?"Usage: scripts/engine.sh stop DIRECTORY"} pid tries
  if [ ! -f "$directory/daemon.json" ] && [ ! -f "$directory/log" ]; then
    return 0
  fi
  directory=$(cd "$directory" && pwd -P)
  # A pid file may outlive its process, and the number may belong to another by then.
  if pid=$(cat "$directory/pid" 2> /dev/null) && grep -qazF -- "$directory/pid" "/proc/$pid/cmdline" 2> /dev/null; then
    kill -TERM "$pid" 2> /dev/null || true
    for tries in $(seq 1 150); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.2
    done
    kill -KILL "$pid" 2> /dev/null || true
  fi
  # Mounts of containers that were still running.
  awk -v prefix="$directory/" 'index($5, prefix) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r mount; do
      umount -l "$mount" 2> /dev/null || true
    done
  rm -rf --one-file-system "$directory"
}

case "${1:-}" in
  start | stop) "$@" ;;
  *)
    echo "Usage: scripts/engine.sh start [DIRECTORY] | stop DIRECTORY" >&2
    exit 2
    ;;
esac
