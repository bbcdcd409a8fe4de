"""The table of operations: the sandbox's, moto's, and which test."""

import importlib
import inspect
import pathlib
import textwrap
import urllib.error
import urllib.request

import botocore.session
import shapes

PATH = pathlib.Path(__file__).parents[2] / "sandbox" / "OPERATIONS.md"
SERVICES = {"ecr": "Amazon ECR", "imagebuilder": "EC2 Image Builder", "sts": "AWS STS"}
HEAD = """# Operations

What the sandbox answers, what moto {moto} answers, and a test that calls the operation with a client that others wrote
and judges the answer by the service model of botocore {botocore}. `tests/run` keeps this table true;
`SPOLA_WRITE_OPERATIONS=1 tests/clients/run` writes it anew. A test is named by its file, `tests/clients/FILE_tests.py`.
"""


def is_ours(url, operation):
    """Whether the sandbox knows an operation: it refuses what it does not know by name."""
    service = operation.service_model
    path, headers, body = operation.http["requestUri"].split("?")[0], {}, b"{}"
    if service.metadata["protocol"] == "json":
        headers["x-amz-target"] = f"{service.metadata['targetPrefix']}.{operation.name}"
    elif service.metadata["protocol"] == "query":
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = f"Action={operation.name}&Version=2011-06-15".encode()
    method = operation.http["method"]
    request = urllib.request.Request(
        url + path.replace("{resourceArn}", "x"),
        data=None if method == "GET" else body,
        headers=headers,
        method=method,
    )
    try:
        with urllib.request.urlopen(request):
            return True
    except urllib.error.HTTPError as refused:
        with refused:
            unknown = refused.headers.get("x-amzn-errortype") == "UnknownOperationException"
            return not unknown and b"InvalidAction" not in refused.read()


def is_motos(operation):
    """Whether moto answers it: some it names only to say that it does not."""
    service = operation.service_model.service_name
    try:
        responses = importlib.import_module(f"moto.{service}.responses")
    except ImportError:
        return False
    answering = {"ecr": "ECRResponse", "sts": "TokenResponse"}[service]
    method = vars(getattr(responses, answering)).get(botocore.xform_name(operation.name))
    return method is not None and "NotImplementedError" not in inspect.getsource(method)


def rows(url, service, used):
    """Each operation with whether it is ours, whether it is moto's, and its test."""
    model = shapes.model(service)
    # The test that calls the fewest operations says most about this one.
    breadth = {}
    for tests in used.values():
        for test in tests:
            breadth[test] = breadth.get(test, 0) + 1
    for name in model.operation_names:
        operation = model.operation_model(name)
        # What is made to be refused shows least.
        tests = sorted(
            used.get((service, name), ()),
            key=lambda test: (test.startswith("refusals"), breadth[test], test),
        )
        ours = is_ours(url, operation)
        if service != "sts" or ours:
            yield name, ours, is_motos(operation), tests[0] if tests else None


def table(url, used):
    import moto

    text = HEAD.format(moto=moto.__version__, botocore=botocore.__version__)
    for service, title in SERVICES.items():
        found = list(rows(url, service, used))
        ours = sum(row[1] for row in found)
        motos = sum(row[2] for row in found)
        text += f"\n## {title}\n\n"
        if service != "sts":
            text += f"Of {len(found)} operations the sandbox has {ours}, moto {motos}.\n\n"
        text += "| operation | sandbox | moto | test |\n|---|---|---|---|\n"
        rest = [name for name, ours, motos, _ in found if not (ours or motos)]
        for name, ours, motos, test in found:
            if ours or motos:
                marks = " | ".join("yes" if has else "no" for has in (ours, motos))
                text += f"| {name} | {marks} | {test or ''} |\n"
        if rest:
            text += "\n" + textwrap.fill(f"Neither has {', '.join(rest)}.", 120) + "\n"
    return text
