"""A server that imitates whoever gives credentials, and Amazon ECR."""

import datetime
import http.server
import json
import re
import urllib.parse

LATER = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).strftime(
    "%Y-%m-%dT%H:%M:%SZ"
)
MILLISECONDS = int(datetime.datetime.now(datetime.UTC).timestamp() + 3600) * 1000
METADATA = "/latest/meta-data/iam/security-credentials/"


def signer(authorization):
    """Whose key, and for which region and service."""
    match = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", authorization or "")
    return match.groups() if match else None


def xml(action, key):
    return (
        f"<{action}Response><{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t{key}</SessionToken>"
        f"<Expiration>{LATER}</Expiration></Credentials></{action}Result></{action}Response>"
    )


class Handler(http.server.BaseHTTPRequestHandler):
    """Notes what it is asked, and answers."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body):
        body = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def note(self, *what):
        self.server.seen.append(what)

    def do_CONNECT(self):
        self.note("connect", self.path)
        self.send_error(403)
        self.close_connection = True

    def do_PUT(self):
        self.note("PUT", self.path)
        self.reply(200, "instance-token")

    def do_GET(self):
        token = self.headers.get("x-aws-ec2-metadata-token")
        bearer = self.headers.get("x-amz-sso_bearer_token")
        self.note("GET", self.path, token, bearer, self.headers.get("Authorization"))
        metadata = {"Code": "Success", "SecretAccessKey": "s", "Token": "t", "Expiration": LATER}
        if self.path.endswith(METADATA):
            self.reply(200, "web")
        elif METADATA in self.path:
            self.reply(200, {"AccessKeyId": "ASIAINSTANCE", **metadata})
        elif "/federation/credentials" in self.path:
            given = {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t"}
            self.reply(200, {"roleCredentials": {**given, "expiration": MILLISECONDS}})
        else:
            self.reply(200, {"AccessKeyId": "ASIACONTAINER", **metadata})

    def do_POST(self):
        # botocore leaves the last slash out where the endpoint has a path.
        path = self.path.rstrip("/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        who = signer(self.headers.get("Authorization"))
        token = self.headers.get("X-Amz-Security-Token")
        if self.headers.get("X-Amz-Target"):
            self.note("ecr", path, who, token)
            self.reply(400, {"__type": "RepositoryNotFoundException", "message": "none"})
        elif self.path.endswith("/token"):
            self.note("token", json.loads(body))
            self.reply(200, {"accessToken": "renewed", "expiresIn": 3600})
        else:
            form = dict(urllib.parse.parse_qsl(body.decode()))
            if "-session-" in form["RoleSessionName"]:
                form["RoleSessionName"] = "made up"
            self.note("sts", path, sorted(form.items()), who, token)
            caller = who[0].lower() if who else "nobody"
            role = form["RoleArn"].split("/")[-1]
            self.reply(200, xml(form["Action"], f"{role}by{caller}"))
