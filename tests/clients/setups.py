"""Set-ups of credentials, region and endpoint, and how each client is run in one."""

import json
import subprocess

import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.tokens
import conftest
from givers import LATER

KEYS = "aws_access_key_id = {0}\naws_secret_access_key = secret{0}\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/{}\n"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret"}


class Setup:
    """What stands in the environment and in files; `{url}` is the server's."""

    def __init__(self, env=(), config="", credentials="", **rest):
        self.env = dict(env)
        self.config = config
        self.credentials = credentials
        self.profile = rest.pop("profile", None)
        self.region = rest.pop("region", None)
        #: What is in the cache of logins, by what it is for.
        self.logins = rest.pop("logins", {})
        #: Whether requests to AWS's own hosts are to be seen at the proxy.
        self.proxied = rest.pop("proxied", False)
        #: Whether neither finds credentials.
        self.fails = rest.pop("fails", False)
        assert not rest


SSO = (
    "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n"
    "[sso-session corp]\nsso_region = us-west-2\nsso_start_url = https://corp.test/start\n"
)
LEGACY = (
    "[profile p]\nsso_start_url = https://corp.test/start\nsso_region = us-west-2\n"
    "sso_account_id = 123456789012\nsso_role_name = Reader\n"
)
LOGIN = {"accessToken": "login", "expiresAt": LATER}
ENDING = {
    "accessToken": "login",
    "expiresAt": "2020-01-01T00:00:00Z",
    "clientId": "c",
    "clientSecret": "s",
    "refreshToken": "r",
    "registrationExpiresAt": LATER,
}
PRINTED = json.dumps(
    {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s", "SessionToken": "tp"}
)
PROCESS = f"credential_process = echo '{PRINTED}'\n"
TWO = f"[default]\n{KEYS.format('AKIADEFAULT')}region = eu-west-3\n[profile p]\n{KEYS.format('AKIAP')}"
TOKEN = {
    "AWS_WEB_IDENTITY_TOKEN_FILE": "{dir}/token",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web",
}
WEB = ROLE.format("web") + "web_identity_token_file = {dir}/token\n"
CHAIN = (
    f"[profile p]\n{ROLE.format('two')}source_profile = one\n"
    f"[profile one]\n{ROLE.format('one')}source_profile = base\nexternal_id = a/b\n"
    "role_session_name = me@here\nduration_seconds = 900\n"
    f"[profile base]\n{KEYS.format('AKIABASE')}"
)
INSTANCE = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}", "AWS_EC2_METADATA_DISABLED": "false"}
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container?a=b"}
SERVICES = "services = s\nendpoint_url = {url}/profile\n"
OF_SERVICE = "[services s]\necr =\n  endpoint_url = {url}/services\n"

SETUPS = {
    "variables": Setup(ENVIRONMENT, TWO),
    "variables with a session": Setup({**ENVIRONMENT, "AWS_SESSION_TOKEN": "te"}, TWO),
    "two names of a session": Setup(
        {**ENVIRONMENT, "AWS_SESSION_TOKEN": "te", "AWS_SECURITY_TOKEN": "old"}
    ),
    "half a pair": Setup({"AWS_ACCESS_KEY_ID": "AKIAENV"}, TWO, fails=True),
    "a secret alone": Setup({"AWS_SECRET_ACCESS_KEY": "s"}, TWO),
    "variables before a variable's profile": Setup({**ENVIRONMENT, "AWS_PROFILE": "p"}, TWO),
    "an option's profile before variables": Setup(ENVIRONMENT, TWO, profile="p"),
    "a variable's profile": Setup({"AWS_PROFILE": "p"}, TWO),
    "no such profile": Setup({"AWS_PROFILE": "q"}, TWO, fails=True),
    "both files": Setup(
        {},
        f"[default]\n{KEYS.format('AKIACONFIG')}region = eu-west-1\n",
        f"[default]\n{KEYS.format('AKIAFILE')}aws_session_token = tf\nregion = eu-west-2\n",
    ),
    "half a pair in the credentials file": Setup(
        {}, TWO, "[default]\naws_access_key_id = A\n", fails=True
    ),
    "nothing": Setup({}, "", fails=True),
    "a chain of roles": Setup({}, CHAIN, profile="p", region="eu-central-1"),
    "a chain of roles, variables set": Setup(ENVIRONMENT, CHAIN, profile="p"),
    "a role by itself": Setup(
        {}, f"[profile p]\n{ROLE.format('r')}source_profile = p\n{KEYS.format('AKIAP')}", profile="p"
    ),
    "a role before keys": Setup(
        {}, f"{CHAIN}[default]\n{ROLE.format('r')}source_profile = base\n{KEYS.format('AKIAP')}"
    ),
    "a circle": Setup(
        {},
        f"[profile p]\n{ROLE.format('a')}source_profile = q\n"
        f"[profile q]\n{ROLE.format('b')}source_profile = p\n",
        profile="p",
        fails=True,
    ),
    "a role without a source": Setup({}, f"[profile p]\n{ROLE.format('a')}", profile="p", fails=True),
    "a source that is not there": Setup(
        {}, f"[profile p]\n{ROLE.format('a')}source_profile = q\n", profile="p", fails=True
    ),
    "a role of the environment": Setup(
        ENVIRONMENT,
        f"[profile p]\n{ROLE.format('a')}credential_source = Environment\n",
        profile="p",
    ),
    "a role of the container": Setup(
        CONTAINER,
        f"[profile p]\n{ROLE.format('a')}credential_source = EcsContainer\n",
        profile="p",
    ),
    "a role of the instance": Setup(
        INSTANCE,
        f"[profile p]\n{ROLE.format('a')}credential_source = Ec2InstanceMetadata\n",
        profile="p",
    ),
    "a role of no source": Setup(
        {}, f"[profile p]\n{ROLE.format('a')}credential_source = Moon\n", profile="p", fails=True
    ),
    "a role of a process": Setup(
        {},
        f"[profile p]\n{ROLE.format('a')}source_profile = q\n[profile q]\n{PROCESS}",
        profile="p",
    ),
    "a role of a login": Setup(
        {},
        f"{SSO}[profile over]\n{ROLE.format('a')}source_profile = p\n",
        profile="over",
        logins={"corp": LOGIN},
    ),
    "a web identity by variables": Setup({**TOKEN, "AWS_ROLE_SESSION_NAME": "pod"}, TWO),
    "a web identity by variables, a profile by option": Setup(TOKEN, TWO, profile="p"),
    "a web identity by the profile": Setup({}, f"[profile p]\n{WEB}", profile="p"),
    "a role over a web identity": Setup(
        TOKEN,
        f"[profile p]\n{ROLE.format('a')}source_profile = q\n[profile q]\n{WEB}",
        profile="p",
    ),
    "a web identity without its role": Setup(
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "{dir}/token"}, TWO, fails=True
    ),
    "a login": Setup({}, SSO, profile="p", logins={"corp": LOGIN}),
    "a login of the older kind": Setup(
        {}, LEGACY, profile="p", logins={"https://corp.test/start": LOGIN}
    ),
    "a login that is renewed": Setup({}, SSO, profile="p", logins={"corp": ENDING}),
    "a login of the older kind that is over": Setup(
        {}, LEGACY, profile="p", logins={"https://corp.test/start": ENDING}, fails=True
    ),
    "no login": Setup({}, SSO, profile="p", fails=True),
    "a login before keys": Setup(
        {}, SSO + KEYS.format("AKIA") + "[default]\n", profile="p", logins={"corp": LOGIN}
    ),
    "a process": Setup({}, f"[profile p]\n{PROCESS}", profile="p"),
    "a process before keys beside it": Setup(
        {}, f"[profile p]\n{PROCESS}{KEYS.format('AKIAP')}", profile="p"
    ),
    "the credentials file before a process": Setup(
        {}, f"[profile p]\n{PROCESS}", f"[p]\n{KEYS.format('AKIAP')}", profile="p"
    ),
    "a process that fails": Setup(
        {}, "[profile p]\ncredential_process = false\n", profile="p", fails=True
    ),
    "a container": Setup({**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x"}),
    "a container's token in a file": Setup(
        {
            **CONTAINER,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{dir}/token",
        }
    ),
    "a container that is not allowed": Setup(
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.test/x", **INSTANCE}, fails=True
    ),
    "a profile before a container": Setup(CONTAINER, TWO),
    "a container before the instance": Setup({**CONTAINER, **INSTANCE}),
    "the instance": Setup(INSTANCE),
    "the instance, for a profile without any": Setup(
        INSTANCE, "[profile p]\nregion = eu-west-1\n", profile="p"
    ),
    "the instance, not to be asked": Setup(
        {**INSTANCE, "AWS_EC2_METADATA_DISABLED": "TRUE"}, fails=True
    ),
    "a region by the profile": Setup({"AWS_DEFAULT_REGION": ""}, TWO),
    "a region by variable": Setup({"AWS_DEFAULT_REGION": "ap-south-1"}, TWO),
    "a region by option": Setup({"AWS_DEFAULT_REGION": "ap-south-1"}, TWO, region="us-west-1"),
    "an endpoint of the service": Setup(
        {**ENVIRONMENT, "AWS_ENDPOINT_URL_ECR": "{url}/own", "AWS_ENDPOINT_URL": "{url}/all"}
    ),
    "an endpoint of all services": Setup(
        {"AWS_ENDPOINT_URL": "{url}/all", "AWS_ENDPOINT_URL_STS": "{url}/sts"}, CHAIN, profile="p"
    ),
    "an endpoint of the profile's services": Setup(
        {"AWS_ENDPOINT_URL": ""}, f"{OF_SERVICE}[default]\n{KEYS.format('A')}{SERVICES}"
    ),
    "an endpoint of the profile": Setup(
        {"AWS_ENDPOINT_URL": ""}, "[default]\n" + KEYS.format("A") + "endpoint_url = {url}/profile\n"
    ),
    "a variable's endpoint before the profile's": Setup(
        {"AWS_ENDPOINT_URL": "{url}/all"}, f"{OF_SERVICE}[default]\n{KEYS.format('A')}{SERVICES}"
    ),
    "services that are not there": Setup(
        {"AWS_ENDPOINT_URL": ""}, f"[default]\n{KEYS.format('A')}{SERVICES}", fails=True
    ),
    "endpoints ignored": Setup(
        {**ENVIRONMENT, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, proxied=True
    ),
    "AWS's own hosts": Setup({**ENVIRONMENT, "AWS_ENDPOINT_URL": ""}, proxied=True),
    "hosts of another partition": Setup(
        {**ENVIRONMENT, "AWS_ENDPOINT_URL": ""}, proxied=True, region="cn-north-1"
    ),
    "hosts by FIPS": Setup(
        {**ENVIRONMENT, "AWS_ENDPOINT_URL": "", "AWS_USE_FIPS_ENDPOINT": "true"}, proxied=True
    ),
    "hosts of two stacks": Setup(
        {**ENVIRONMENT, "AWS_ENDPOINT_URL": "", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, proxied=True
    ),
    "the service of roles at its own host": Setup(
        {"AWS_ENDPOINT_URL": ""}, CHAIN, profile="p", proxied=True
    ),
    "the service of roles by FIPS": Setup(
        {"AWS_ENDPOINT_URL": "", "AWS_USE_FIPS_ENDPOINT": "true"}, CHAIN, profile="p", proxied=True
    ),
    "the service of logins at its own host": Setup(
        {"AWS_ENDPOINT_URL": ""}, SSO, profile="p", logins={"corp": LOGIN}, proxied=True
    ),
    "renewal of logins at its own host": Setup(
        {"AWS_ENDPOINT_URL": ""}, SSO, profile="p", logins={"corp": ENDING}, proxied=True
    ),
}


def by_botocore(setup, loader, home, monkeypatch):
    cache = str(home / ".aws/sso/cache")
    for provider in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", cache)
    session = botocore.session.Session(profile=setup.profile)
    session.register_component("data_loader", loader)
    try:
        if setup.region:
            session.set_config_variable("region", setup.region)
        client = session.create_client("ecr")
        client.describe_repositories(repositoryNames=["app"])
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"] == "RepositoryNotFoundException"
    except Exception:  # whatever it says: it did not come to the request
        return False
    raise AssertionError("the server refuses every request")


def by_spola(setup, program):
    workflow = conftest.ROOT / "workflows/arazzo/image-inventory.arazzo.yaml"
    command = [program, "run", str(workflow), "-i", "repositoryName=app"]
    command += ["--profile", setup.profile] if setup.profile else []
    command += ["--region", setup.region] if setup.region else []
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode in (1, 2), ran.stderr
    return "RepositoryNotFoundException" in ran.stderr, ran.stderr
