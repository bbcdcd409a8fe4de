"""The table of operations, and that nothing of a service is left untried."""

import os

import conftest
import operations
import pytest
import refusals
import shapes

USED = conftest.JUDGE.used


@pytest.fixture(autouse=True)
def _after_all_others(request):
    if not request.config.stash[conftest.WHOLE]:
        pytest.skip("it needs every other test to have run")


def every_operation_of_ours_was_called_and_judged(sandbox):
    missing = []
    for service in operations.SERVICES:
        for name, ours, _, test in operations.rows(sandbox.url, service, USED):
            if ours and test is None:
                missing.append(name)
    assert missing == []


def every_documented_refusal_was_provoked(sandbox):
    missing = []
    for service in ("ecr", "imagebuilder"):
        for name, shape in refusals.documented(service):
            codes = conftest.JUDGE.refused.get((service, name), set())
            if shape.name not in codes | refusals.ANYWHERE:
                missing.append(f"{name}: {shape.name}")
    assert missing == []


def every_paginator_and_waiter_of_ours_was_tried(ecr, builder, sandbox):
    tried = set(conftest.PAGED)
    for client in (ecr, builder):
        service = client.meta.service_model.service_name
        for name, ours, _, _ in operations.rows(sandbox.url, service, USED):
            method = conftest.xform_name(name)
            if ours and client.can_paginate(method):
                assert (service, method) in tried, name
        for waiter in client.waiter_names:
            assert (service, waiter) in tried, waiter


def the_table_of_operations_is_true(sandbox):
    made = operations.table(sandbox.url, USED)
    if os.environ.get("SPOLA_WRITE_OPERATIONS"):
        operations.PATH.write_text(made)
    assert operations.PATH.read_text() == made, "SPOLA_WRITE_OPERATIONS=1 writes it anew"


def every_kind_of_fault_in_an_answer_is_found():
    model = shapes.model("ecr")
    listing = model.operation_model("DescribeRepositories")
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "1", "date": "x"}

    def judged(body, status=200, **more):
        response = {"status_code": status, "headers": {**headers, **more}, "body": body}
        return shapes.answer(listing, response)

    assert judged(b'{"repositories": []}') == []
    for body in (
        b'{"unknown": 1}',
        b'{"repositories": {}}',
        b'{"repositories": [null]}',
        b'{"repositories": [{"createdAt": "2026"}]}',
        b'{"repositories": [{"repositoryName": "A"}]}',
        b'{"repositories": [{"imageTagMutability": "SOME"}]}',
        b'{"repositories": [{"imageScanningConfiguration": {"scanOnPush": 1}}]}',
        b'{"repositories": [{"encryptionConfiguration": {}}]}',
        b"[]",
        b"{",
    ):
        assert judged(body), body
    code = {"x-amzn-errortype": "ImageNotFoundException"}
    assert judged(b'{"__type": "ImageNotFoundException", "message": ""}', 400, **code)
