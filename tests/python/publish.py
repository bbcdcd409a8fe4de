"""Publishes an image: the ten lines that the wheel is tried with."""

import json
import sys

import spola

document, inputs, *endpoint = sys.argv[1:]
transport = None if endpoint else spola.sandbox()
where = endpoint[0] if endpoint else None
program = spola.load(document)
result = program.run(None, json.loads(inputs), transport=transport, endpoint=where)
print(result.raise_for_failure().outputs["image"]["imageId"]["imageDigest"])
