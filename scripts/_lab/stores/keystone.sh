# shellcheck shell=bash
# What Swift needs of the lab's Keystone: a user to check tokens with, its place in the catalogue, a user for Glance.
# Settings: ENDPOINT (Swift's, with %(tenant_id)s), SERVICE_PASSWORD, USER_PASSWORD.
main() {
    alone
    [ -r /root/admin-openrc ] || fail 'no Keystone runs here: /root/admin-openrc is missing'
    # shellcheck source=/dev/null  # written by the role
    . /root/admin-openrc
    install_packages python3-openstackclient
    export ENDPOINT SERVICE_PASSWORD USER_PASSWORD
    python3 - <<'PYTHON'
import json
import os

import openstack



def can_log_in(name, password):
    """Tell whether a password is set: setting it again would end every session of its user."""
    address = os.environ["OS_AUTH_URL"]
    person = {"auth_url": address, "username": name, "password": password, "user_domain_id": "default"}
    try:
        openstack.connect(load_yaml_config=False, load_envvars=False, auth=person).authorize()
    except openstack.exceptions.SDKException:
        return False
    return True


cloud = openstack.connect(load_yaml_config=False)
identity = cloud.identity
people = {
    "swift": ("service", "admin", "SERVICE_PASSWORD"),
    "glance-store": ("glance-store", "member", "USER_PASSWORD"),
}
for name, (project_name, role_name, password) in people.items():
    project = identity.find_project(project_name) or identity.create_project(name=project_name, domain_id="default")
    user = identity.find_user(name) or identity.create_user(name=name, domain_id="default")
    if not can_log_in(name, os.environ[password]):
        identity.update_user(user, password=os.environ[password])
    role = identity.find_role(role_name) or identity.create_role(name=role_name)
    identity.assign_project_role_to_user(project, user, role)
service = identity.find_service("swift") or identity.create_service(name="swift", type="object-store")
region = os.environ.get("OS_REGION_NAME", "RegionOne")
for interface in ("public", "internal", "admin"):
    facts = {"service_id": service.id, "interface": interface, "region_id": region}
    found = next(identity.endpoints(**facts), None)
    if found is None:
        identity.create_endpoint(url=os.environ["ENDPOINT"], **facts)
    elif found.url != os.environ["ENDPOINT"]:
        identity.update_endpoint(found, url=os.environ["ENDPOINT"])
print(json.dumps({"url": os.environ["OS_AUTH_URL"], "region": region}))
PYTHON
}
