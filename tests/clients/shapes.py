"""Judges raw answers by botocore's service models."""

import base64
import binascii
import json
import math
import re

import botocore.handlers
import botocore.session

#: Refusals that no operation's model lists because every operation may give them.
COMMON_CODES = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "SerializationException",
    "ServerException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
}
#: Refusals that the service gives where the operation's model does not list them.
UNLISTED = {("imagebuilder", "ResourceNotFoundException")}
#: Lists whose least length is the input's; the service answers with empty ones.
MAY_BE_EMPTY = {"ImageIdentifierList"}
CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
}


def model(service):
    return botocore.session.get_session().get_service_model(service)


class Judge:
    """Sees each answer that a botocore client of this process is given."""

    def __init__(self):
        self.models = {}
        self.answers = 0
        self.faults = []
        self.asked_faults = False
        self.test = None
        #: The tests by service and operation that it answered with success.
        self.used = {}
        #: The codes that it refused with, by service and operation.
        self.refused = {}

    def install(self):
        """Listens to every client made from now on, whoever makes it."""
        botocore.handlers.BUILTIN_HANDLERS.append(("response-received", self.received))

    def received(self, event_name, response_dict, **_):
        if response_dict is None:  # no answer came
            return
        _, service, operation = event_name.split(".")
        if service not in self.models:
            self.models[service] = model(service)
        operation = self.models[service].operation_model(operation)
        status = response_dict["status_code"]
        self.answers += 1
        if self.asked_faults:
            return
        if status < 300:
            tests = self.used.setdefault((service, operation.name), set())
            tests.add(self.test)
        else:
            headers = {name.lower(): value for name, value in response_dict["headers"].items()}
            code = headers.get("x-amzn-errortype", "").split(":")[0]
            self.refused.setdefault((service, operation.name), set()).add(code)
        where = f"{operation.name} ({status})"
        self.faults += [f"{where}: {fault}" for fault in answer(operation, response_dict)]


def answer(operation, response):
    """What is wrong with an answer."""
    faults = []
    headers = {name.lower(): value for name, value in response["headers"].items()}
    protocol = operation.service_model.metadata["protocol"]
    if headers.get("content-type") != CONTENT_TYPES[protocol]:
        faults.append(f"content-type is {headers.get('content-type')}")
    for name in ("x-amzn-requestid", "date"):
        if not headers.get(name):
            faults.append(f"no header {name}")
    if protocol == "query":
        return faults
    try:
        body = json.loads(response["body"] or b"{}")
    except ValueError as error:
        return [*faults, f"no JSON: {error}"]
    if response["status_code"] < 300:
        shape = operation.output_shape
        if shape is None:
            return faults if body == {} else [*faults, "a body that the model has not"]
        return faults + list(structure(shape, body, ""))
    return faults + list(refusal(operation, headers, body))


def refusal(operation, headers, body):
    code = headers.get("x-amzn-errortype", "").split(":")[0]
    if operation.service_model.metadata["protocol"] == "json" and body.get("__type") != code:
        yield f"__type {body.get('__type')} is not the header's {code}"
    if code in COMMON_CODES:
        return
    service = operation.service_model
    shapes = {shape.name: shape for shape in operation.error_shapes}
    if (service.service_name, code) in UNLISTED:
        shapes[code] = service.shape_for_error_code(code)
    if code not in shapes:
        yield f"the operation has no {code}"
        return
    known = {name: value for name, value in body.items() if name != "__type"}
    if not isinstance(known.get("message", known.get("Message")), str):
        yield "no message"
    yield from structure(shapes[code], known, "")


def structure(shape, value, at):
    if not isinstance(value, dict):
        yield f"{at or '.'} is no object"
        return
    members = {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }
    for name in value.keys() - members.keys():
        yield f"{at}.{name} is not in {shape.name}"
    for wire, (name, member) in members.items():
        if wire in value:
            yield from check(member, value[wire], f"{at}.{wire}")
        elif name in shape.required_members:
            yield f"{at}.{wire} is missing"
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{at} has {len(value)} members of a union"


def check(shape, value, at):
    """What is wrong with a value, by its shape."""
    kind = shape.type_name
    if value is None:
        yield f"{at} is null"
    elif kind == "structure":
        yield from structure(shape, value, at)
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{at} is no array"
            return
        if value or shape.name not in MAY_BE_EMPTY:
            yield from between(shape, len(value), f"the length of {at}")
        for index, item in enumerate(value):
            yield from check(shape.member, item, f"{at}[{index}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{at} is no object"
            return
        for key, item in value.items():
            yield from check(shape.key, key, f"{at} key {key!r}")
            yield from check(shape.value, item, f"{at}[{key!r}]")
    else:
        yield from scalar(shape, value, at)


def scalar(shape, value, at):
    kind = shape.type_name
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in ("string", "character"):
        yield from text(shape, value, at)
    elif kind in ("integer", "long"):
        if not number or isinstance(value, float):
            yield f"{at} is no integer: {value!r}"
        else:
            yield from between(shape, value, at)
    elif kind in ("float", "double"):
        if not number:
            yield f"{at} is no number: {value!r}"
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{at} is no boolean: {value!r}"
    elif kind == "timestamp":
        form = shape.serialization.get("timestampFormat", "unixTimestamp")
        if form == "unixTimestamp" and not (number and math.isfinite(value)):
            yield f"{at} is no time in seconds: {value!r}"
    elif kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            yield f"{at} is not base64"
    else:
        yield f"{at} has the unknown type {kind}"


def text(shape, value, at):
    if not isinstance(value, str):
        yield f"{at} is no string: {value!r}"
        return
    if shape.enum and value not in shape.enum:
        yield f"{at} is none of {shape.enum}: {value!r}"
    yield from between(shape, len(value), f"the length of {at}")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        yield f"{at} does not match {pattern}: {value!r}"


def between(shape, number, what):
    low = shape.metadata.get("min", number)
    high = shape.metadata.get("max", number)
    if not low <= number <= high:
        yield f"{what} is {number}, not from {low} to {high}"
