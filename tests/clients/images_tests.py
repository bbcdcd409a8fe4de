"""boto3: images, their layers, scans and referrers."""

import json
import urllib.error
import urllib.request

import images
import pytest


@pytest.fixture
def app(ecr):
    ecr.create_repository(repositoryName="app")
    return "app"


def _fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read(), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def a_layer_goes_up_in_parts_and_comes_down_whole_and_in_ranges(ecr, app):
    content = bytes(range(256)) * 50_000
    images.push(ecr, app, content, tags=["v1"])
    url = ecr.get_download_url_for_layer(
        repositoryName=app, layerDigest=images.digest(content)
    )["downloadUrl"]
    assert _fetch(url)[:2] == (200, content)
    status, part, headers = _fetch(url, Range="bytes=1000-1999")
    assert (status, part) == (206, content[1000:2000])
    assert headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
    assert _fetch(url, Range=f"bytes={len(content) - 5}-")[:2] == (206, content[-5:])
    assert _fetch(url, Range="bytes=-7")[:2] == (206, content[-7:])
    assert _fetch(url, Range=f"bytes={len(content)}-")[0] == 416
    assert _fetch(url[:-1] + ("0" if url[-1] != "0" else "1"))[0] == 403


def a_part_out_of_turn_is_refused_with_the_last_valid_byte(ecr, app):
    upload = ecr.initiate_layer_upload(repositoryName=app)["uploadId"]
    part = {"repositoryName": app, "uploadId": upload, "layerPartBlob": b"12345"}
    ecr.upload_layer_part(partFirstByte=0, partLastByte=4, **part)
    with pytest.raises(ecr.exceptions.InvalidLayerPartException) as refused:
        ecr.upload_layer_part(partFirstByte=9, partLastByte=13, **part)
    assert refused.value.response["lastValidByteReceived"] == 4
    ecr.upload_layer_part(partFirstByte=5, partLastByte=9, **part)
    end = {"repositoryName": app, "uploadId": upload}
    with pytest.raises(ecr.exceptions.LayerPartTooSmallException):
        ecr.complete_layer_upload(layerDigests=[images.digest(b"1234512345")], **end)
    whole = ecr.initiate_layer_upload(repositoryName=app)["uploadId"]
    ecr.upload_layer_part(partFirstByte=0, partLastByte=4, **{**part, "uploadId": whole})
    with pytest.raises(ecr.exceptions.InvalidLayerException):
        ecr.complete_layer_upload(
            repositoryName=app, uploadId=whole, layerDigests=[images.digest(b"other")]
        )
    with pytest.raises(ecr.exceptions.UploadNotFoundException):
        ecr.complete_layer_upload(
            repositoryName=app,
            uploadId="00000000-0000-4000-8000-000000000000",
            layerDigests=[images.digest(b"")],
        )


def an_upload_without_parts_and_a_layer_twice_are_refused(ecr, app):
    upload = ecr.initiate_layer_upload(repositoryName=app)["uploadId"]
    with pytest.raises(ecr.exceptions.EmptyUploadException):
        ecr.complete_layer_upload(
            repositoryName=app, uploadId=upload, layerDigests=[images.digest(b"")]
        )
    images.upload(ecr, app, b"layer")
    with pytest.raises(ecr.exceptions.LayerAlreadyExistsException):
        images.upload(ecr, app, b"layer")
    with pytest.raises(ecr.exceptions.LayerInaccessibleException):
        ecr.get_download_url_for_layer(repositoryName=app, layerDigest=images.digest(b"layer"))
    with pytest.raises(ecr.exceptions.LayersNotFoundException):
        ecr.get_download_url_for_layer(repositoryName=app, layerDigest=images.digest(b"none"))


def layers_are_looked_for_a_hundred_at_a_time(ecr, app):
    there = images.upload(ecr, app, b"layer")
    asked = [there, *(images.digest(str(number).encode()) for number in range(99))]
    found = ecr.batch_check_layer_availability(repositoryName=app, layerDigests=asked)
    states = [layer["layerAvailability"] for layer in found["layers"]]
    assert states == ["AVAILABLE"] + ["UNAVAILABLE"] * 99
    broken = ecr.batch_check_layer_availability(repositoryName=app, layerDigests=["no digest"])
    assert broken["failures"][0]["failureCode"] == "InvalidLayerDigest"


def an_image_is_put_tagged_untagged_and_deleted(ecr, app):
    digest = images.push(ecr, app, b"one", tags=["v1", "latest"])
    found = ecr.describe_images(repositoryName=app, imageIds=[{"imageTag": "v1"}])
    detail = found["imageDetails"][0]
    assert detail["imageDigest"] == digest and set(detail["imageTags"]) == {"v1", "latest"}
    text = images.manifest([b"one"])
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(repositoryName=app, imageManifest=text, imageTag="v1")
    got = ecr.batch_get_image(
        repositoryName=app,
        imageIds=[{"imageTag": "latest"}, {"imageTag": "none"}],
        acceptedMediaTypes=[images.MANIFEST],
    )
    assert got["images"][0]["imageManifest"] == text
    assert got["images"][0]["imageManifestMediaType"] == images.MANIFEST
    assert got["failures"][0]["failureCode"] == "ImageNotFound"
    gone = ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageTag": "v1"}])
    assert gone["imageIds"] == [{"imageDigest": digest, "imageTag": "v1"}]
    listed = ecr.list_images(repositoryName=app)["imageIds"]
    assert listed == [{"imageDigest": digest, "imageTag": "latest"}]
    ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageDigest": digest}])
    assert ecr.list_images(repositoryName=app)["imageIds"] == []
    with pytest.raises(ecr.exceptions.ImageNotFoundException):
        ecr.describe_images(repositoryName=app, imageIds=[{"imageTag": "latest"}])


def a_tag_moves_unless_the_repository_forbids_it(ecr, app):
    first = images.push(ecr, app, b"one", tags=["v1"])
    second = images.push(ecr, app, b"two", tags=["v1"])
    tags = {
        detail["imageDigest"]: detail.get("imageTags")
        for detail in ecr.describe_images(repositoryName=app)["imageDetails"]
    }
    assert tags == {first: None, second: ["v1"]}
    ecr.put_image_tag_mutability(repositoryName=app, imageTagMutability="IMMUTABLE")
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        images.push(ecr, app, b"one", tags=["v1"])


def a_manifest_whose_blobs_are_missing_or_whose_digest_is_wrong_is_refused(ecr, app):
    text = images.manifest([b"nowhere"])
    with pytest.raises(ecr.exceptions.LayersNotFoundException) as refused:
        ecr.put_image(repositoryName=app, imageManifest=text)
    assert images.digest(b"nowhere") in refused.value.response["Error"]["Message"]
    images.push(ecr, app, b"one")
    with pytest.raises(ecr.exceptions.ImageDigestDoesNotMatchException):
        ecr.put_image(
            repositoryName=app,
            imageManifest=images.manifest([b"one"]) + "\n",
            imageDigest=images.digest(b"other"),
        )
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": images.INDEX,
            "manifests": [images.descriptor(images.MANIFEST, b"none")],
        }
    )
    with pytest.raises(ecr.exceptions.ReferencedImagesNotFoundException):
        ecr.put_image(repositoryName=app, imageManifest=index)


def the_images_of_an_index_go_after_it(ecr, app):
    digest = images.push(ecr, app, b"one")
    child = images.descriptor(images.MANIFEST, images.manifest([b"one"]).encode())
    assert child["digest"] == digest
    index = {"schemaVersion": 2, "mediaType": images.INDEX, "manifests": [child]}
    put = ecr.put_image(repositoryName=app, imageManifest=json.dumps(index), imageTag="all")
    kept = ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageDigest": digest}])
    assert kept["failures"][0]["failureCode"] == "ImageReferencedByManifestList"
    root = put["image"]["imageId"]["imageDigest"]
    ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageDigest": root}])
    ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageDigest": digest}])
    assert ecr.describe_images(repositoryName=app)["imageDetails"] == []


@pytest.mark.parametrize("paging", ["full", "short"])
@pytest.mark.parametrize("operation", ["list_images", "describe_images"])
def every_image_is_on_one_page(ecr, sandbox, operation, paging):
    sandbox.control("images", {"repositoryName": "app", "count": 250})
    sandbox.settings(paging=paging)
    member = "imageIds" if operation == "list_images" else "imageDetails"
    pages = ecr.get_paginator(operation).paginate(
        repositoryName="app", PaginationConfig={"PageSize": 100}
    )
    found = [[entry["imageDigest"] for entry in page[member]] for page in pages]
    sizes = [len(page) for page in found]
    assert sizes == [100, 100, 50] if paging == "full" else len(sizes) > 3
    found = sum(found, [])
    assert len(found) == len(set(found)) == 250


def tagged_and_untagged_images_are_told_apart(ecr, app):
    tagged = images.push(ecr, app, b"one", tags=["v1", "v2"])
    bare = images.push(ecr, app, b"two")
    for status, expected in (("TAGGED", [tagged] * 2), ("UNTAGGED", [bare])):
        pages = ecr.get_paginator("list_images").paginate(
            repositoryName=app, filter={"tagStatus": status}
        )
        assert list(pages.search("imageIds[].imageDigest")) == expected


def a_scan_is_waited_for_and_its_findings_are_paged(ecr, app):
    # Findings are made up from the digest: take an image that has some.
    for number in range(20):
        digest = images.push(ecr, app, str(number).encode())
        if ord(digest[-1]) % 4 >= 2:
            break
    image = {"imageDigest": digest}
    with pytest.raises(ecr.exceptions.ScanNotFoundException):
        ecr.describe_image_scan_findings(repositoryName=app, imageId=image)
    ecr.start_image_scan(repositoryName=app, imageId=image)
    ecr.get_waiter("image_scan_complete").wait(
        repositoryName=app, imageId=image, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    pages = ecr.get_paginator("describe_image_scan_findings").paginate(
        repositoryName=app, imageId=image, PaginationConfig={"PageSize": 1}
    )
    names = list(pages.search("imageScanFindings.findings[].name"))
    assert len(names) >= 2 and len(names) == len(set(names))
    detail = ecr.describe_images(repositoryName=app, imageIds=[image])["imageDetails"][0]
    assert detail["imageScanStatus"]["status"] == "COMPLETE"
    with pytest.raises(ecr.exceptions.LimitExceededException):
        ecr.start_image_scan(repositoryName=app, imageId=image)


def the_referrers_of_an_image_are_listed(ecr, app):
    subject = images.push(ecr, app, b"one")
    images.upload(ecr, app, b"{}")
    text = images.manifest(
        [],
        b"{}",
        artifactType="application/vnd.example.signature",
        subject=images.descriptor(images.MANIFEST, images.manifest([b"one"]).encode()),
        annotations={"by": "tests"},
    )
    ecr.put_image(repositoryName=app, imageManifest=text)
    found = ecr.list_image_referrers(repositoryName=app, subjectId={"imageDigest": subject})
    assert [entry["digest"] for entry in found["referrers"]] == [images.digest(text.encode())]
    assert found["referrers"][0]["annotations"] == {"by": "tests"}


def an_image_is_archived_and_brought_back(ecr, app):
    image = {"imageDigest": images.push(ecr, app, b"one")}
    change = {"repositoryName": app, "imageId": image}
    ecr.update_image_storage_class(targetStorageClass="ARCHIVE", **change)
    detail = ecr.describe_images(
        repositoryName=app, imageIds=[image], filter={"imageStatus": "ARCHIVED"}
    )["imageDetails"][0]
    assert detail["imageStatus"] == "ARCHIVED"
    back = ecr.update_image_storage_class(targetStorageClass="STANDARD", **change)
    assert back["imageStatus"] == "ACTIVE"
