"""Passwords that somebody changed, lost or gave wrong."""

from __future__ import annotations

from ..model import Before, Control, Fault, Shell

TOLD = frozenset({1, 2, 3})
SOURCE = ". /root/admin-openrc; "
BOOTSTRAP = Shell(
    SOURCE + "export OS_BOOTSTRAP_PASSWORD=$OS_PASSWORD; runuser -u keystone -- keystone-manage bootstrap"
    " --bootstrap-region-id RegionOne --bootstrap-public-url $OS_AUTH_URL --bootstrap-internal-url $OS_AUTH_URL"
    " --bootstrap-admin-url $OS_AUTH_URL"
)


def _account(name: str) -> Shell:
    hosts = ("localhost", "%")
    statements = "; ".join(f"ALTER USER '{name}'@'{host}' IDENTIFIED BY 'nonsense'" for host in hosts)
    return Shell(f'mysql -e "{statements}"')


def _given(name: str, what: str, content: str, sees: str) -> Fault:
    options = ("--vars-file", "{folder}/wrong.yml")
    return Fault(name, what, "deployed", Before(), (), (), TOLD, sees, options, files={"wrong.yml": content})


FAULTS = (
    Fault(
        "service-password-changed",
        "Glance's password in Keystone is changed by hand",
        "deployed",
        Before(),
        (Shell(SOURCE + "openstack user set --password nonsense glance"),),
    ),
    Fault(
        "database-password-changed",
        "Glance's password in MariaDB is changed by hand",
        "deployed",
        Before(),
        (_account("glance"),),
    ),
    Fault(
        "keystone-database-password-changed",
        "Keystone's password in MariaDB is changed by hand",
        "deployed",
        Before(),
        (_account("keystone"),),
    ),
    Fault(
        "admin-password-changed",
        "the administrator's password is changed by hand",
        "deployed",
        Before(),
        (Shell(SOURCE + "openstack user set --password nonsense admin"),),
        (BOOTSTRAP,),
        TOLD | {0},
        r"(?i)password|credential|administrator",
    ),
    Fault(
        "service-user-disabled",
        "Glance's user in Keystone is disabled",
        "deployed",
        Before(),
        (Shell(SOURCE + "openstack user set --disable glance"),),
    ),
    Fault(
        "database-account-dropped",
        "Glance's accounts in MariaDB are dropped",
        "deployed",
        Before(),
        (Shell("mysql -e \"DROP USER 'glance'@'localhost'; DROP USER 'glance'@'%'\""),),
    ),
    Fault(
        "catalogue-entry-deleted",
        "the image service is deleted from the catalogue",
        "deployed",
        Before(),
        (Shell(SOURCE + "openstack service delete glance"),),
    ),
    _given(
        "wrong-database-administrator",
        "the given password of MariaDB's administrator is wrong",
        "glance_database_admin_user: dba\nglance_database_admin_password: nonsense\n",
        r"(?i)database|denied|refused|login_password",
    ),
    Fault(
        "secrets-lost",
        "the control machine lost the environment's secrets",
        "deployed",
        Before(),
        (Control("rm -f secrets.yml vault.key"),),
    ),
    Fault(
        "secrets-damaged",
        "the file of secrets is cut in half",
        "deployed",
        Before(),
        (Control("cp secrets.yml whole; truncate -s 500 secrets.yml"),),
        (Control("mv whole secrets.yml"),),
        TOLD,
        r"secrets\.yml|vault",
    ),
    Fault(
        "vault-key-lost",
        "the key to the file of secrets is lost",
        "deployed",
        Before(),
        (Control("mv vault.key whole"),),
        (Control("mv -f whole vault.key"),),
        TOLD,
        r"vault\.key|vault",
    ),
)
