"""Who may do and see what."""

from __future__ import annotations

import pytest
import requests

from .cloud import MB, Cloud, Person
from .conftest import Site


@pytest.mark.variables("glance_property_protections")
def test_a_protected_property_is_written_by_its_role_alone(cloud: Cloud, alice: Person) -> None:
    image = alice.image(name="billed")
    assert alice.add(image, "x_billing_code", "mine").status_code == 403
    assert cloud.admin.add(image, "x_billing_code", "theirs").status_code == 200
    assert alice.shown(image)["x_billing_code"] == "theirs"
    # Whatever else stays everybody's.
    assert alice.add(image, "os_type", "linux").status_code == 200


def test_an_image_is_shared_with_one_project_and_not_seen_by_a_third(alice: Person, bob: Person, carol: Person) -> None:
    image = alice.uploaded(MB, visibility="shared")
    assert (bob.sees(image), carol.sees(image)) == (False, False)
    assert alice.ask("POST", f"/v2/images/{image['id']}/members", json={"member": bob.project}).ok
    accepted = bob.ask("PUT", f"/v2/images/{image['id']}/members/{bob.project}", json={"status": "accepted"})
    assert accepted.ok, accepted.text
    assert (bob.sees(image), carol.sees(image)) == (True, False)
    listed = bob.ask("GET", "/v2/images?visibility=shared&limit=50").json()["images"]
    assert image["id"] in [found["id"] for found in listed]
    assert bob.ask("GET", f"/v2/images/{image['id']}/file").content == bytes(MB)


@pytest.mark.variables("glance_policies")
def test_a_policy_takes_the_place_of_glances_own(cloud: Cloud, alice: Person) -> None:
    # Its owner may, as Glance has it.
    wish = {"disk_format": "raw", "container_format": "bare", "visibility": "community"}
    assert alice.ask("POST", "/v2/images", json=wish).status_code == 403
    assert cloud.admin.ask("POST", "/v2/images", json=wish).status_code == 201


@pytest.mark.variables("glance_cors_allowed_origins", "glance_paste_overrides")
@pytest.mark.parametrize(("origin", "allowed"), [("https://dashboard.example.org", True), ("https://else.org", False)])
def test_scripts_of_a_named_page_may_use_the_api(site: Site, origin: str, *, allowed: bool) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    answer = requests.options(f"{site.api}/v2/images", headers=headers, timeout=30)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert answer.headers.get("Access-Control-Max-Age") == ("77" if allowed else None)


@pytest.mark.variables("glance_service_token_required")
def test_a_token_beside_another_counts_though_it_is_no_services(cloud: Cloud, alice: Person) -> None:
    biller = cloud.person("ivan", "billing", "billing")
    image = alice.image(name="billed by another")
    assert alice.add(image, "x_billing_code", "theirs", beside=biller).status_code == 200


@pytest.mark.variables("glance_copy_on_write")
def test_locations_are_seen_where_they_have_to_be(alice: Person) -> None:
    image = alice.shown(alice.uploaded(MB))
    assert image["direct_url"].startswith("file://")
    assert "locations" not in image


@pytest.mark.variables("glance_service_roles")
def test_glance_has_the_roles_that_it_is_given_and_no_admins(cloud: Cloud) -> None:
    identity = cloud.admin.connection.identity
    user = identity.find_user("glance")
    found = identity.role_assignments(user_id=user.id, include_names=True)
    names = {
        ("system" if "system" in assignment.scope else assignment.scope["project"]["name"], assignment.role["name"])
        for assignment in found
    }
    assert names == {("service", "service"), ("service", "member"), ("system", "reader")}
