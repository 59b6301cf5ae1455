#!/usr/bin/python
"""Prove a Glance with the round trip of an image."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_roundtrip
author: glance-deploy contributors
version_added: 0.1.0
short_description: Prove an image service by the round trip of an image
description:
  - Makes sure that Glance has an image, that it is active, listed and visible as wished, and that its bytes come back
    unchanged.
  - An image of that name that is there already is read back and compared; nothing is fetched or uploaded. Otherwise the
    bytes come from O(path), from the first of O(urls) that gives the right ones, or from an image that is built in.
  - An image that was uploaded and did not prove right is removed again. One that was there before never is.
  - What a killed run left behind is recognised by the property C(glance_deploy_proof) and replaced.
requirements: ["keystoneauth1 >= 4.2 on the host that runs the module, and for O(cloud) openstacksdk >= 0.50"]
attributes:
  check_mode:
    support: full
    description: Nothing is fetched or uploaded; an image that is there is read back.
  diff_mode: {support: full, description: "Shows the images that appear, change and go."}
options:
  auth:
    type: dict
    description: Credentials for Keystone. Either these or O(cloud).
    suboptions:
      auth_url: {type: str, required: true, description: "Address of Keystone."}
      username: {type: str, required: true, description: "The user."}
      password: {type: str, required: true, description: "The user's password."}
      project_name: {type: str, description: "The project; this or O(auth.project_id)."}
      project_id: {type: str, description: "The project by its id."}
      user_domain_name: {type: str, description: "Domain of the user."}
      user_domain_id: {type: str, description: "Domain of the user by its id."}
      project_domain_name: {type: str, description: "Domain of the project."}
      project_domain_id: {type: str, description: "Domain of the project by its id."}
      region_name: {type: str, description: "The region when O(region) is not set."}
  cloud: {type: str, description: "Entry of C(clouds.yaml) on the host that runs the module."}
  region: {type: str, description: "Region of the catalogue. Case-sensitive."}
  interface:
    type: str
    choices: [public, internal, admin]
    default: public
    description: Which of Glance's endpoints is proved.
  endpoint_override: {type: str, description: "Address of Glance to use instead of the one in the catalogue."}
  ca_file: {type: path, description: "Certificates to trust for Keystone, Glance and O(urls)."}
  verify: {type: bool, default: true, description: "Whether the certificates of Keystone and Glance are checked."}
  name: {type: str, default: cirros, description: "Name of the image."}
  builtin_name:
    type: str
    default: glance-deploy-proof
    description: Name of the image when the built-in one has to stand in.
  disk_format: {type: str, default: qcow2, description: "Format of the image. Another file is refused."}
  container_format: {type: str, default: bare, description: "What is around the disk."}
  visibility:
    type: str
    choices: [public, private, shared, community]
    default: public
    description: Who may see the image.
  min_disk: {type: int, default: 0, description: "GiB of disk that the image needs."}
  min_ram: {type: int, default: 0, description: "MiB of memory that the image needs."}
  properties: {type: dict, default: {}, description: "Further properties of the image. Values are text."}
  urls:
    type: list
    elements: str
    default: []
    description: Addresses of the image, http or https; the first choice, then its mirrors.
  checksum: {type: str, default: "", description: "Digest of the file: sha512, sha256 or md5, a colon, and the digits."}
  checksum_waived: {type: bool, default: false, description: "Whether an address is welcome without O(checksum)."}
  path: {type: path, description: "A file on the host that runs the module, used instead of O(urls)."}
  fallback_builtin:
    type: bool
    default: true
    description: Whether the built-in image stands in when no address answers. It never hides wrong bytes.
  proxy: {type: str, description: "Proxy for O(urls). Without it, those of the environment are used."}
  cache_dir: {type: path, default: /var/cache/glance-deploy, description: "Where downloads are kept, and go on."}
  timeout: {type: float, default: 5, description: "Seconds to wait for a web server, and for its next bytes."}
  attempts: {type: int, default: 3, description: "How often an address is tried without getting any further."}
  deadline: {type: float, default: 600, description: "Seconds for everything, from looking to the last byte back."}
  verify_download: {type: bool, default: true, description: "Whether the bytes are downloaded and compared."}
  remove: {type: bool, default: false, description: "Whether the image is removed when it has proved the service."}
  restart_mark:
    type: path
    description:
      - A file that is written when Glance takes no image because its store was read-only when it started.
      - Among the files of M(glance_deploy.openstack.service_unit), it makes the next run start Glance anew.
  cached:
    type: bool
    default: false
    description:
      - Whether Glance keeps copies of images. The copy of this one is thrown away before it is read back, so that what
        comes is what its store has. Needs Zed or later; before, the copy may come.
"""

EXAMPLES = r"""
- name: Prove the image service with CirrOS
  glance_deploy.openstack.image_roundtrip:
    auth: "{{ glance_identity_auth }}"
    region: RegionOne
    urls: [https://download.example.org/cirros-0.6.3-x86_64-disk.img]
    checksum: sha256:7d6355852aeb6dbcd191bcda7cd74f1536cfe5cbf8a10495a7283a8396e4b75b

- name: Prove it with a file, and leave nothing behind
  glance_deploy.openstack.image_roundtrip:
    cloud: admin
    path: /srv/images/debian.qcow2
    name: debian
    remove: true
"""

RETURN = r"""
steps: {description: "What was done, or would be", type: list, elements: str, returned: always}
image:
  description: Id, name, status, size, visibility, disk_format, checksum and os_hash_value of the image in Glance.
  type: dict
  returned: when there is an image
source:
  description:
    - Where the bytes come from. C(kind) is V(url), V(file), V(built-in), or V(existing) for an image that was there.
    - C(url), C(path), C(sha512), C(size), and in C(notes) one line for each source that was not used.
  type: dict
  returned: when there is an image
roundtrip:
  description:
    - C(uploaded), C(upload_seconds), C(download_seconds), C(sha512_local), C(sha512_downloaded) and C(identical).
    - C(identical) is null when O(verify_download) is off.
  type: dict
  returned: when there is an image
hint: {description: "What to do about a failure", type: str, returned: failed}
"""

from ..module_utils._quiet_module import QuietModule, settle
from ..module_utils._roundtrip_run import ARGUMENT_SPEC, RULES, bring


def main() -> None:
    """Entry point for Ansible."""
    settle(QuietModule(ARGUMENT_SPEC, supports_check_mode=True, **RULES), bring)


if __name__ == "__main__":
    main()
