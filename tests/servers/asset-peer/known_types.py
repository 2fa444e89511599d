"""Writes the definitions of protobuf's own types, which Debian has as .proto files only beside a C++ library: known_types.py FILE"""

import sys

from google.protobuf import any_pb2, descriptor_pb2, duration_pb2, timestamp_pb2

files = descriptor_pb2.FileDescriptorSet()
for module in (any_pb2, duration_pb2, timestamp_pb2):
    files.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
with open(sys.argv[1], "wb") as out:
    out.write(files.SerializeToString())
