#!/bin/bash
# Starts a real server on 127.0.0.1 and stays until it ends:  start.sh casd|moto|radosgw|asset-peer PORT DATA
#
# With WHILE_STDIN=1 the server lives no longer than standard input stays open. The tests hold the
# other end of that pipe, so that no server outlives them, however they die.
set -euo pipefail

name=$1 port=$2
here="$(dirname "${BASH_SOURCE[0]}")"
root="$(bash "$here/fetch.sh" "$name")"
# buildbox-casd gives up over a folder in the path that it may not read.
export PATH=/usr/bin:/bin
mkdir -p "$3"
data="$(cd "$3" && pwd)"

library=("$root"/usr/lib/*-linux-gnu)
loader=("$root"/usr/lib/*-linux-gnu/ld-linux-*.so.*)
# Becomes a program of the unpacked folder, with that folder's C library. Ceph has libraries of its own.
become() {
    local program=$1
    shift
    exec "${loader[0]}" --library-path "${library[0]}:${library[0]}/ceph" "$root/usr/bin/$program" "$@" < /dev/null
}

trap 'kill -KILL $(jobs -p) 2> /dev/null || true' EXIT
trap 'exit 130' INT TERM
if [[ ${WHILE_STDIN:-} == 1 ]]; then
    exec 3<&0
    (
        trap - EXIT INT TERM
        while read -r _; do :; done <&3
        kill -TERM $$
    ) &
fi

case $name in
    casd)
        become buildbox-casd --bind "127.0.0.1:$port" "$data" &
        ;;
    moto)
        PYTHONHOME="$root/usr" PYTHONNOUSERSITE=1 become python3 -m moto.server -H 127.0.0.1 -p "$port" &
        ;;
    radosgw)
        # shellcheck source=radosgw.sh
        source "$here/radosgw.sh"
        ;;
    asset-peer)
        # shellcheck source=asset-peer.sh
        source "$here/asset-peer.sh"
        ;;
esac

wait -n
