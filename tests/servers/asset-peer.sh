#!/bin/bash
# Sourced by start.sh: the peer of the Remote Asset API, with messages made of the project's own .proto files.

# Beside the test program, or in the repository.
protos="$here/asset-peer/protos"
[[ -d $protos ]] || protos="$here/../../core/protos"
export PYTHONHOME="$root/usr" PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1

(become python3 "$here/asset-peer/known_types.py" "$data/known.desc")
(become protoc --descriptor_set_in="$data/known.desc" --proto_path="$protos" --proto_path="$here/asset-peer" \
    --include_imports --descriptor_set_out="$data/all.desc" "$protos"/*.proto "$here/asset-peer"/*.proto)
become python3 "$here/asset-peer/server.py" "$port" "$data/all.desc" &
