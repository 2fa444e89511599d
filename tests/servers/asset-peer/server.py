"""A server of the Remote Asset API with its content-addressed storage, on the gRPC of C and Python.

    server.py PORT DESCRIPTORS

DESCRIPTORS is what protoc made of the project's own .proto files. Each instance name is a server of its own, with its own
content, made by the first call that names it; a test tells it how to behave through the method Control/Set, in JSON:

    tellsCommit   whether an answer holds the commit that the directory was pushed under
    honoursAge    whether oldest_content_accepted counts
    aged          how many seconds longer ago everything was pushed
    faults        a list of {method, code, inline, times, delay}: the first that fits is applied; method may end in *
    answer        fields that replace those of each answer to FetchDirectory
    corrupt       whether every blob is sent with one bit changed
    lose          once: which blobs to forget, "*" for all of them
"""

import asyncio
import fnmatch
import hashlib
import json
import sys
import time
from collections import Counter

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

EMPTY = hashlib.sha256(b"").hexdigest()
SHA256 = 1
CHUNK = 256 * 1024


def load(path):
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as descriptors:
        files.ParseFromString(descriptors.read())
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(name))


class Instance:
    def __init__(self):
        self.behaviour = {}
        self.blobs = {EMPTY: b""}
        self.assets = {}
        self.commits = {}
        self.calls = Counter()
        self.asked = {}

    def says(self, name, otherwise):
        return self.behaviour.get(name, otherwise)


class Peer:
    def __init__(self, message):
        self.message = message
        self.instances = {}
        self.execution = lambda name: message("build.bazel.remote.execution.v2." + name)
        self.asset = lambda name: message("build.bazel.remote.asset.v1." + name)
        self.stream = lambda name: message("google.bytestream." + name)

    def instance(self, name):
        return self.instances.setdefault(name, Instance())

    async def begin(self, method, instance, context):
        """Counts a call and applies the fault that fits. Gives the inline status to answer with, if any."""
        instance.calls[method] += 1
        for fault in instance.says("faults", []):
            if not fnmatch.fnmatch(method, fault.get("method", "*")) or fault.get("times", -1) == 0:
                continue
            if "times" in fault:
                fault["times"] -= 1
            await asyncio.sleep(fault.get("delay", 0))
            code = fault.get("code")
            if code is None:
                return None
            if fault.get("inline"):
                return getattr(grpc.StatusCode, code).value[0]
            await context.abort(getattr(grpc.StatusCode, code), "so it is")
        return None

    # The storage.

    async def capabilities(self, request, context):
        await self.begin("GetCapabilities", self.instance(request.instance_name), context)
        answer = self.execution("ServerCapabilities")()
        answer.cache_capabilities.digest_functions.append(SHA256)
        answer.low_api_version.major = answer.high_api_version.major = 2
        return answer

    async def find_missing(self, request, context):
        instance = self.instance(request.instance_name)
        await self.begin("FindMissingBlobs", instance, context)
        missing = [digest for digest in request.blob_digests if digest.hash not in instance.blobs]
        return self.execution("FindMissingBlobsResponse")(missing_blob_digests=missing)

    async def update(self, request, context):
        instance = self.instance(request.instance_name)
        await self.begin("BatchUpdateBlobs", instance, context)
        answer = self.execution("BatchUpdateBlobsResponse")()
        for one in request.requests:
            stored = answer.responses.add(digest=one.digest)
            if not self.store(instance, one.digest.hash, one.digest.size_bytes, one.data):
                stored.status.code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
        return answer

    async def read_batch(self, request, context):
        instance = self.instance(request.instance_name)
        await self.begin("BatchReadBlobs", instance, context)
        answer = self.execution("BatchReadBlobsResponse")()
        for digest in request.digests:
            found = answer.responses.add(digest=digest)
            content = self.content(instance, digest.hash)
            if content is None:
                found.status.code = grpc.StatusCode.NOT_FOUND.value[0]
            else:
                found.data = content
        return answer

    async def read(self, request, context):
        name, blob = request.resource_name.split("blobs/", 1)
        instance = self.instance(name.strip("/"))
        await self.begin("Read", instance, context)
        content = self.content(instance, blob.split("/")[0])
        if content is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such blob")
        for start in range(request.read_offset, len(content), CHUNK):
            yield self.stream("ReadResponse")(data=content[start:start + CHUNK])

    async def write(self, requests, context):
        content, name = bytearray(), ""
        async for request in requests:
            name = name or request.resource_name
            content += request.data
        prefix, upload = name.split("uploads/", 1)
        instance = self.instance(prefix.strip("/"))
        await self.begin("Write", instance, context)
        _, _, hash, size = upload.split("/")[:4]
        if not self.store(instance, hash, int(size), bytes(content)):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the content has another digest")
        return self.stream("WriteResponse")(committed_size=len(content))

    @staticmethod
    def store(instance, hash, size, content):
        if len(content) != size or hashlib.sha256(content).hexdigest() != hash:
            return False
        instance.blobs[hash] = content
        return True

    @staticmethod
    def content(instance, hash):
        content = instance.blobs.get(hash)
        if content and instance.says("corrupt", False):
            return bytes([content[0] ^ 1]) + content[1:]
        return content

    # The assets.

    @staticmethod
    def names(kind, request):
        """Under what an asset is found: like the servers there are, by exactly the same qualifiers."""
        qualifiers = tuple(sorted((qualifier.name, qualifier.value) for qualifier in request.qualifiers))
        return [(kind, uri, qualifiers) for uri in request.uris]

    def push(self, kind):
        async def push(request, context):
            instance = self.instance(request.instance_name)
            await self.begin("Push" + kind, instance, context)
            digest = request.root_directory_digest if kind == "Directory" else request.blob_digest
            for name in self.names(kind, request):
                instance.assets[name] = (digest, time.time())
            for qualifier in request.qualifiers:
                if qualifier.name == "vcs.commit":
                    instance.commits[digest.hash] = qualifier.value
            return self.asset("Push" + kind + "Response")()
        return push

    def fetch(self, kind):
        async def fetch(request, context):
            instance = self.instance(request.instance_name)
            instance.asked["Fetch" + kind] = json_format.MessageToDict(request)
            inline = await self.begin("Fetch" + kind, instance, context)
            answer = self.asset("Fetch" + kind + "Response")()
            if inline is not None:
                answer.status.code, answer.status.message = inline, "so it is"
                return answer
            override = instance.says("answer", {}) if kind == "Directory" else {}
            oldest = request.oldest_content_accepted
            for name in self.names(kind, request):
                digest, pushed = instance.assets.get(name, (None, 0))
                isOld = instance.says("honoursAge", True) and pushed - instance.says("aged", 0) < oldest.seconds + oldest.nanos * 1e-9
                if digest is None or isOld:
                    continue
                answer.uri = name[1]
                answer.qualifiers.extend(request.qualifiers)
                if kind == "Directory":
                    answer.root_directory_digest.CopyFrom(digest)
                    if instance.says("tellsCommit", True) and digest.hash in instance.commits and "vcs.commit" not in dict(name[2]):
                        answer.qualifiers.add(name="vcs.commit", value=instance.commits[digest.hash])
                else:
                    answer.blob_digest.CopyFrom(digest)
                break
            else:
                if not override:
                    await context.abort(grpc.StatusCode.NOT_FOUND, "nothing was pushed under these")
            for field in override:
                answer.ClearField(field)
            return json_format.ParseDict(override, answer)
        return fetch

    # What a test says and asks.

    async def control(self, request, context):
        order = json.loads(request)
        instance = self.instance(order["instance"])
        if "behaviour" in order:
            instance.behaviour = order["behaviour"]
            lost = instance.behaviour.pop("lose", [])
            for hash in [hash for hash in instance.blobs if hash != EMPTY and ("*" in lost or hash in lost)]:
                del instance.blobs[hash]
        return json.dumps({"calls": instance.calls, "asked": instance.asked, "blobs": len(instance.blobs)}).encode()


def handlers(peer):
    def unary(call, request):
        return grpc.unary_unary_rpc_method_handler(call, request.FromString, lambda answer: answer.SerializeToString())

    execution, asset, stream = peer.execution, peer.asset, peer.stream
    return [
        grpc.method_handlers_generic_handler("build.bazel.remote.execution.v2.Capabilities", {
            "GetCapabilities": unary(peer.capabilities, execution("GetCapabilitiesRequest")),
        }),
        grpc.method_handlers_generic_handler("build.bazel.remote.execution.v2.ContentAddressableStorage", {
            "FindMissingBlobs": unary(peer.find_missing, execution("FindMissingBlobsRequest")),
            "BatchUpdateBlobs": unary(peer.update, execution("BatchUpdateBlobsRequest")),
            "BatchReadBlobs": unary(peer.read_batch, execution("BatchReadBlobsRequest")),
        }),
        grpc.method_handlers_generic_handler("google.bytestream.ByteStream", {
            "Read": grpc.unary_stream_rpc_method_handler(peer.read, stream("ReadRequest").FromString, lambda answer: answer.SerializeToString()),
            "Write": grpc.stream_unary_rpc_method_handler(peer.write, stream("WriteRequest").FromString, lambda answer: answer.SerializeToString()),
        }),
        grpc.method_handlers_generic_handler("build.bazel.remote.asset.v1.Fetch", {
            "Fetch" + kind: unary(peer.fetch(kind), asset("Fetch" + kind + "Request")) for kind in ("Blob", "Directory")
        }),
        grpc.method_handlers_generic_handler("build.bazel.remote.asset.v1.Push", {
            "Push" + kind: unary(peer.push(kind), asset("Push" + kind + "Request")) for kind in ("Blob", "Directory")
        }),
        grpc.method_handlers_generic_handler("buildcache.tests.Control", {"Set": grpc.unary_unary_rpc_method_handler(peer.control)}),
    ]


async def serve(port, descriptors):
    # Without reuse of the port, another test's server could answer at it.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers(handlers(Peer(load(descriptors))))
    if server.add_insecure_port("127.0.0.1:" + port) == 0:
        sys.exit("the port " + port + " is taken")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
