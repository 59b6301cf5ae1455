# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether an S3 bucket can be reached with the keys: one signed HEAD (AWS Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from ._resource import Context
from ._store_web import Fault, ask

# What servers that know no regions take, too.
REGION = "us-east-1"
EMPTY = hashlib.sha256(b"").hexdigest()


def probe_s3(settings: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Ask for the bucket.

    Raises:
        Fault: The server does not answer, the keys are refused, or there is no such bucket.
    """
    del context
    host, bucket = settings["host"].rstrip("/"), settings["bucket"]
    answer = ask(signed(address(host, bucket, settings), settings, time.gmtime()), settings, host)
    elsewhere = answer.headers.get("x-amz-bucket-region")
    if answer.status >= 300 and elsewhere and not settings.get("region"):  # noqa: PLR2004  # HTTP: 2xx is success
        # As boto3 does: the bucket's own region is asked.
        there = {**settings, "region": elsewhere}
        answer = ask(signed(address(host, bucket, there), there, time.gmtime()), there, host)
    if answer.status in (401, 403):
        raise Fault(
            f"{host} refuses the keys for the bucket {bucket}", "Correct access_key and secret_key in glance_stores."
        )
    if answer.status == 404 and settings.get("create_bucket"):  # noqa: PLR2004  # HTTP
        return {"bucket": "is made by the first image"}
    if answer.status == 404:  # noqa: PLR2004  # HTTP
        raise Fault(f"{host} has no bucket {bucket}", "Make it, or set create_bucket: true in glance_stores.")
    if answer.status >= 300:  # noqa: PLR2004  # HTTP: 2xx is success
        mend = "Check host, bucket and region in glance_stores."
        raise Fault(f"{host} answers HTTP {answer.status} for the bucket {bucket}", mend)
    return {"bucket": "is there"}


def address(host: str, bucket: str, settings: Mapping[str, Any]) -> str:
    """Return the bucket's address, in the way that the driver writes it."""
    scheme, _, place = host.partition("://")
    if settings.get("bucket_url_format") == "virtual":
        return f"{scheme}://{bucket}.{place}/"
    return f"{host}/{urllib.parse.quote(bucket)}"


def signed(url: str, settings: Mapping[str, Any], at: time.struct_time) -> urllib.request.Request:
    """Return a HEAD request, signed as "Authenticating Requests (AWS Signature Version 4)" of the S3 API tells it."""
    parts = urllib.parse.urlsplit(url)
    moment, day = time.strftime("%Y%m%dT%H%M%SZ", at), time.strftime("%Y%m%d", at)
    region = settings.get("region") or REGION
    headers = {"host": parts.netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": moment}
    names = ";".join(headers)
    canonical = "\n".join(
        ["HEAD", parts.path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, EMPTY]
    )
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{settings['secret_key']}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    who = f"AWS4-HMAC-SHA256 Credential={settings['access_key']}/{scope},SignedHeaders={names},Signature={signature}"
    return urllib.request.Request(url, method="HEAD", headers={**headers, "Authorization": who})  # noqa: S310
