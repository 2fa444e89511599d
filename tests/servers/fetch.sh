#!/bin/bash
# Brings the files of one test server and prints the folder they are in:  fetch.sh casd|moto|radosgw|asset-peer
# Exit code 3: it cannot be had on this machine, and the last line on stderr says why.
set -euo pipefail

debian="$(dirname "${BASH_SOURCE[0]}")/fetch-debian.sh"
case ${1:-} in
    casd) exec bash "$debian" casd testing buildbox ;;
    # flask-cors is what its server needs and its package does not name.
    moto) exec bash "$debian" moto stable python3-moto python3-flask python3-flask-cors ;;
    # What the peer is written with; the compiler makes its messages.
    asset-peer) exec bash "$debian" asset-peer stable python3-grpcio python3-protobuf protobuf-compiler ;;
    radosgw) exec bash "$debian" radosgw testing radosgw ceph-mon ceph-osd ;;
    *)
        echo "usage: fetch.sh casd|moto|radosgw|asset-peer" >&2
        exit 2
        ;;
esac
