"""Files that exist to hold credentials, and the forms that credentials have wherever they stand."""

from __future__ import annotations

from pratique.checks.secret import BASE64, QUOTED, URLSAFE, SecretRule, SecretRules
from pratique.model import Confidence, Severity

_MEDIUM = Confidence.MEDIUM
_PLAIN = r"[!-9;-~]"
"""Printable ASCII without blanks and colons."""

RULES = SecretRules(
    "credential-files",
    "Files of credentials, and tokens of general forms",
    (
        SecretRule("netrc-password", "netrc", r"password[ \t\r\n]{1,4}", "[!-~]", 3, 128, ("password",), named=True, entropy=1.5, structure="password",
                   paths=(".netrc", "_netrc"), example="machine example.net login me password R7-kk.Zw4p9"),
        SecretRule("pgpass-password", "PostgreSQL", r"^[^:#\r\n]{1,120}:[^:\r\n]{1,8}:[^:\r\n]{1,64}:[^:\r\n]{1,64}:", _PLAIN, 1, 128, (":",), named=True,
                   structure="password", paths=(".pgpass", "pgpass.conf"), example="db.example.net:5432:app:me:R7-kk.Zw4p9"),
        SecretRule("mysql-client-password", "MySQL", r"^\s{0,8}password\s{0,4}=\s{0,4}[\"']?", QUOTED, 3, 128, ("password",), named=True, structure="password",
                   paths=(".my.cnf", ".mylogin.cnf"), example="[client]\npassword = R7-kk.Zw4p9"),
        SecretRule("git-credentials", "git", r"https?://[^\s:/@]{1,64}:", r"[!#-.0-?A-~]", 4, 200, ("http",), tail="@", named=True, structure="password",
                   paths=(".git-credentials", ".git/config"), example="https://me:R7-kk.Zw4p9@git.example.net"),
        SecretRule("htpasswd-hash", "Apache", r"^[^:\s]{1,64}:", r"[$./A-Za-z0-9]", 13, 128, (":",), named=True, entropy=2.5, structure="crypt", severity=Severity.MEDIUM,
                   paths=(".htpasswd", "htpasswd"), example="me:$apr1$9Cv/OMGj$ZomWQzuQbL.3TRCS81A1g/"),
        SecretRule("shadow-hash", "shadow(5)", r"^[^:\s]{1,64}:", r"[$./A-Za-z0-9,=]", 13, 200, (":",), named=True, entropy=2.5, structure="crypt",
                   paths=("etc/shadow", "etc/shadow-", "etc/gshadow"), example="root:$6$kZw4p9R7$Qm1yT7nWc8vXe2LsA5dF0gHjK3lP6oIuYtReWqZxCvBnM:19000:0:99999:7:::"),
        SecretRule("kubeconfig-token", "Kubernetes", r"^\s{0,12}token:\s{0,4}[\"']?", r"[A-Za-z0-9._~+/=-]", 16, 1000, ("token:",), named=True, entropy=3.0, severity=Severity.CRITICAL,
                   paths=(".kube/config", "kubeconfig", "*.kubeconfig", "etc/kubernetes/admin.conf"), example="users:\n- name: me\n  user:\n    token: {}", path="root/.kube/config", reach=1100),
        SecretRule("kubeconfig-client-key", "Kubernetes", r"client-key-data:\s{0,4}", BASE64, 100, 8000, ("client-key-data",), named=True, entropy=4.0, severity=Severity.CRITICAL, reach=9000,
                   example="    client-key-data: {}", text=True),
        SecretRule("kubeconfig-password", "Kubernetes", r"^\s{0,12}password:\s{0,4}[\"']?", QUOTED, 4, 128, ("password:",), named=True, structure="password",
                   paths=(".kube/config", "kubeconfig"), example="  user:\n    password: R7-kk.Zw4p9", path="root/.kube/config"),
        SecretRule("aws-credentials-file", "AWS", r"aws_secret_access_key\s{0,4}=\s{0,4}", BASE64, 40, 40, ("aws_secret_access_key",), named=True, entropy=3.5, severity=Severity.CRITICAL,
                   paths=(".aws/credentials", ".aws/config"), example="[default]\naws_secret_access_key = {}"),
        SecretRule("gcloud-refresh-token", "Google Cloud", r'"refresh_token"\s{0,4}:\s{0,4}"', r"[A-Za-z0-9/_-]", 20, 400, ("refresh_token",), named=True, entropy=3.0,
                   paths=("application_default_credentials.json", "credentials.json", "*.boto"), example='{"client_id": "x", "refresh_token": "{}"}'),
        SecretRule("azure-token-cache", "Azure", r'"(?:refreshToken|accessToken|secret)"\s{0,4}:\s{0,4}"', r"[A-Za-z0-9._/-]", 20, 900, ("token", "secret"), named=True, entropy=3.0,
                   paths=(".azure/accessTokens.json", "accessTokens.json", "msal_token_cache.json"), example='[{"refreshToken": "{}"}]'),
        SecretRule("terraform-credentials", "HashiCorp Terraform", r'"token"\s{0,4}:\s{0,4}"', r"[A-Za-z0-9._-]", 20, 200, ("token",), named=True, entropy=3.0,
                   paths=("credentials.tfrc.json",), example='{"credentials": {"app.terraform.io": {"token": "{}"}}}'),
        SecretRule("terraform-state-secret", "HashiCorp Terraform", r'"(?:password|secret|token|private_key|access_key|secret_key|master_password)"\s{0,4}:\s{0,4}"', QUOTED, 6, 400, ("password",), named=True,
                   entropy=2.5, structure="password", paths=("*.tfstate",), example='{"attributes": {"master_password": "R7-kk.Zw4p9"}}', path="srv/terraform.tfstate"),
        SecretRule("github-cli-token", "GitHub", r"oauth_token:\s{0,4}", r"[A-Za-z0-9_]", 20, 100, ("oauth_token",), named=True, entropy=3.0, paths=("hosts.yml", ".config/hub"),
                   example="github.com:\n  oauth_token: {}", path="root/.config/gh/hosts.yml"),
        SecretRule("remmina-vnc-rdp-password", "Remote desktop", r"^(?:password 51:b:|password=)", r"[A-Za-z0-9+/=]", 8, 400, ("password",), named=True, paths=("*.rdp", "*.remmina"), example="password={}"),
        SecretRule("wireguard-private-key", "WireGuard", r"PrivateKey\s{0,4}=\s{0,4}", BASE64, 43, 43, ("privatekey",), tail="=", named=True, entropy=3.8, text=True,
                   example="[Interface]\nPrivateKey = {}="),
        SecretRule("wifi-passphrase", "WPA", r"^\s{0,8}psk\s{0,2}=\s{0,2}\"?", QUOTED, 8, 64, ("psk",), named=True, entropy=2.0, paths=("wpa_supplicant.conf", "*.nmconnection"), example="psk=R7-kk.Zw4p9", structure="password"),
        SecretRule("dotenv-secret", ".env", r"^(?:export\s{1,4})?[A-Z0-9_]{0,40}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY)[A-Z0-9_]{0,16}\s{0,2}=\s{0,2}[\"']?", QUOTED, 8, 400,
                   ("secret",), named=True, entropy=2.8, structure="password", confidence=_MEDIUM, paths=(".env", ".envrc", "*.env", ".env.local", ".env.production", ".env.prod", ".env.staging", ".env.development"),
                   example="APP_SECRET=R7-kk.Zw4p9", path="srv/app/.env"),
        SecretRule("shell-history-password", "Shell history", r"(?:sshpass\s{1,4}-p\s{0,4}|mysql\s[^\n]{0,80}?\s-p|--password[= ])[\"']?", QUOTED, 4, 128, ("sshpass",), named=True, structure="password", confidence=_MEDIUM,
                   paths=(".bash_history", ".zsh_history", ".ash_history", ".sh_history", ".history", ".mysql_history", ".psql_history"), example="sshpass -p R7-kk.Zw4p9 ssh me@host"),
        SecretRule("json-web-token", "JWT", r"eyJ[A-Za-z0-9_-]{8,800}\.eyJ", r"[A-Za-z0-9_.-]", 20, 2000, ("eyj",), structure="jwt", text=True, severity=Severity.MEDIUM, reach=3000,
                   trigger=r"eyJ[A-Za-z0-9_-]{8,800}\.eyJ", literal="",
                   example="t=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJkZXBsb3llciIsImlhdCI6MTcwMDAwMDAwMH0.Qm1yT7nWc8vXe2LsA5dF0gHjK3lP6oIuYtReWqZxCvA"),
        SecretRule("http-basic-authorization", "HTTP", r"authorization[\"']?\s{0,3}[:=,]\s{0,3}[\"']?basic\s{1,3}", r"[A-Za-z0-9+/]", 12, 300, ("authorization",), tail="={0,2}", named=True, caseless=True, structure="basic",
                   text=True, example="Authorization: Basic {}"),
        SecretRule("http-bearer-authorization", "HTTP", r"authorization[\"']?\s{0,3}[:=,]\s{0,3}[\"']?bearer\s{1,3}", r"[A-Za-z0-9._~+/-]", 24, 900, ("authorization",), named=True, caseless=True, entropy=3.5,
                   structure="mixed", text=True, confidence=_MEDIUM, example="Authorization: Bearer {}"),
        SecretRule("curl-user-password", "curl", r"curl\s[^\n|;&]{0,160}?(?:-u|--user)[ =]?[\"']?[A-Za-z0-9_.@-]{1,64}:", r"[!#-&(-;=?A-\[\]-_a-~]", 6, 128, ("curl",), named=True, entropy=2.5, text=True, structure="password",
                   confidence=_MEDIUM, trigger=r"curl\s[^\n|;&]{0,160}(?:-u|--user)", example="curl -u me:R7-kk.Zw4p9 https://example.net"),
        SecretRule("ansible-vault-file", "Ansible", r"\$ANSIBLE_VAULT;1\.[12];AES256", r"[\r\n0-9a-z;_-]", 64, 400, ("$ansible_vault",), severity=Severity.LOW, text=True, example="$ANSIBLE_VAULT;1.1;AES256\n" + "6162333434" * 8),
        SecretRule("url-query-token", "HTTP", r"https?://[^\s\"'<>?]{4,200}\?(?:[^\s\"'<>]{0,120}&)?(?:access_token|api_key|apikey|auth_token|client_secret)=", URLSAFE, 20, 200, ("access_token=", "api_key=", "apikey=", "auth_token=", "client_secret="), named=True,
                   entropy=3.5, structure="varied", text=True, confidence=_MEDIUM, trigger="(?:access_token|api_key|apikey|auth_token|client_secret)=[A-Za-z0-9_-]{20}", example="https://api.example.net/v1?access_token={}"),
    ),
    "the manual pages netrc(5), shadow(5), crypt(5), docs of libpq, kubectl, docker, git; RFC 7519, RFC 7617, RFC 6750",
)
