# Sourced by start.sh: the smallest Ceph cluster that serves S3, with objects in memory, and two users.
#
# The gateway's own store (dbstore) needs no cluster, but in Ceph 18 and 20 it ignores If-None-Match and
# answers a range with the object's first bytes.

# A port that nothing listens on, below those that the system gives to outgoing connections.
free_port() {
    local candidate
    while true; do
        candidate=$((RANDOM % 20000 + 10000))
        (exec 4<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null || break
    done
    echo "$candidate"
}

ceph() {
    local program=$1
    shift
    become "$program" -c "$data/ceph.conf" "$@"
}

# In the background, because a trap waits for a foreground program, but not for 'wait'.
step() {
    ceph "$@" &
    wait $!
}

# The objects of an earlier start are gone, and what the monitor knows about them with it.
rm -rf "${data:?}"/*
mkdir -p "$data"/{mon,osd,rgw}
fsid="$(< /proc/sys/kernel/random/uuid)"
monitor="v2:127.0.0.1:$(free_port)"
cat > "$data/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = $monitor
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# The gateway asks for encryption by itself, which needs keys.
ms mon client mode = crc
run dir = $data
admin socket =
log file =
log to file = false
log to stderr = true
mon cluster log to file = false
debug mon = 0/0
debug osd = 0/0
debug paxos = 0/0
debug rgw = 0/0
debug rocksdb = 0/0

# One copy on one disk, and changes of the map made and seen at once: that makes the start take a second or two.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
objecter tick interval = 0.2
paxos propose interval = 0.01
paxos min wait = 0.01

mon data = $data/mon
osd data = $data/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd class dir = ${library[0]}/rados-classes
erasure code dir = ${library[0]}/ceph/erasure-code
plugin dir = ${library[0]}/ceph
rgw data = $data/rgw
# Without it, each answer with a body waits 40 ms for the delayed acknowledgement of its headers.
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw thread pool size = 64
CONF

step monmaptool --create --clobber --fsid "$fsid" --addv a "[$monitor]" "$data/monmap"
step osdmaptool --createsimple 1 --clobber "$data/osdmap"
step ceph-mon --mkfs -i a --monmap "$data/monmap" --osdmap "$data/osdmap"
ceph ceph-mon -i a -f &
step ceph-osd -i 0 --mkfs
ceph ceph-osd -i 0 -f &
step radosgw-admin user create --uid=test --display-name=test --access-key=testkey --secret-key=testsecret
# Another user, who may do what a policy of the first one permits.
step radosgw-admin user create --uid=other --display-name=other --access-key=otherkey --secret-key=othersecret
ceph radosgw -f &
