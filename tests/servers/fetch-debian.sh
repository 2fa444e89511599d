#!/bin/bash
# Unpacks Debian packages, with all they depend on, into a private folder and prints its path.
#
#   fetch-debian.sh NAME SUITE PACKAGE...
#
# Nothing is installed: apt works on a state of its own, in which no package is present, so that it
# brings the C library too and the programs run on machines older than the suite they come from.
# The second call only looks at a stamp. Any number of processes may call this at the same time.
# Exit code 3: it cannot be had on this machine, and the last line on stderr says why.
set -euo pipefail
export LC_ALL=C

name=$1 suite=$2
shift 2
packages=("$@")

cannot() {
    echo "$*" >&2
    exit 3
}

base="${XDG_CACHE_HOME:-$HOME/.cache}/buildcache-tests/servers"
root="$base/$name-$suite"
request="$suite ${packages[*]}"
complete() {
    [[ -f $root/.complete && $(<"$root/.complete") == "$request" ]]
}

if complete; then
    echo "$root"
    exit 0
fi

for tool in apt-get apt-config dpkg dpkg-deb flock; do
    command -v "$tool" > /dev/null || cannot "$name needs a Debian machine: there is no $tool here."
done

# One-line and deb822 sources alike become lines of 'URI suite'; only lines with the component main.
sources() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -f $file ]] && awk '
            $1 == "deb" {
                sub(/\[[^]]*\]/, "")
                for (i = 4; i <= NF; i++) if ($i == "main") print $2, $3
            }' "$file"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] && sed 's/\r$//; /^#/d' "$file" | awk '
            function flush(   i, j, uri, list) {
                if (field["types"] ~ /(^| )deb( |$)/ && field["components"] ~ /(^| )main( |$)/ && field["enabled"] !~ /no/) {
                    split(field["uris"], uri, " "); split(field["suites"], list, " ")
                    for (i in list) for (j in uri) print uri[j], list[i]
                }
                delete field
            }
            /^[[:space:]]*$/ { flush(); next }
            /^[^[:space:]]/ { key = tolower($0); sub(/:.*/, "", key); sub(/^[^:]*:[[:space:]]*/, "") }
            { field[key] = field[key] " " $0 }
            END { flush() }'
    done
    return 0
}

# Another vendor's archive has suites of other names, and Debian's security archive has suites named *-security.
mirror=$(sources | awk '$2 ~ /^(bullseye|bookworm|trixie|forky|duke|oldstable|stable|testing|sid|unstable)$/ { print $1; exit }')
[[ -n $mirror ]] || cannot "$name needs a Debian mirror: no apt source of this machine names a Debian suite."

keyring=
for candidate in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    [[ -f $candidate ]] && keyring=$candidate && break
done
[[ -n $keyring ]] || cannot "$name needs the package debian-archive-keyring, to verify what it fetches."

mkdir -p "$base"
exec 9> "$base/.lock"
flock 9
if complete; then
    echo "$root"
    exit 0
fi

apt="$base/.apt/$suite"
archives="$apt/$name"
mkdir -p "$apt"/{etc/none,state/lists/partial,cache} "$archives/partial"
: > "$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" > "$apt/etc/sources.list"
{
    # The machine's own proxy, certificates and time-outs, but none of its hooks.
    apt-config dump | grep -E '^Acquire::[^ ]+ "..*";$' || true
    cat <<CONFIG
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Acquire::Languages { "none"; };
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
APT::Update::Error-Mode "any";
Debug::NoLocking "true";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$apt/etc/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/etc/none";
Dir::Etc::sourcelist "$apt/etc/sources.list";
Dir::Etc::sourceparts "$apt/etc/none";
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$archives";
CONFIG
} > "$apt/etc/apt.conf"
export APT_CONFIG="$apt/etc/apt.conf"

attempt() {
    apt-get -q "$@" > "$apt/$name.log" 2>&1 \
        || cannot "$name cannot be fetched from Debian's suite $suite: $(grep -m1 '^E: ' "$apt/$name.log" || tail -n1 "$apt/$name.log")"
}

attempt update
attempt install --download-only "${packages[@]}"

rm -rf "$root" "$root.new"
mkdir "$root.new"
for package in "$archives"/*.deb; do
    dpkg-deb -x "$package" "$root.new" || cannot "$name cannot be unpacked: ${package##*/} is damaged."
done
# What no server needs, and half of the bytes.
rm -rf "$root.new"/usr/share/{doc,man,locale,info} "$archives"
echo "$request" > "$root.new/.complete"
mv "$root.new" "$root"
echo "$root"
