"""Credentials of registries of packages and images."""

from __future__ import annotations

from pratique.checks.secret import ALNUM, BASE64, HEX, LOWER, QUOTED, URLSAFE, SecretRule, SecretRules, assigned, token
from pratique.model import Severity

_CRITICAL = Severity.CRITICAL

RULES = SecretRules(
    "package-registries",
    "Registries of packages and images",
    (
        token("npm-token", "npm", "npm_", ALNUM, 36, structure="crc32_base62", severity=_CRITICAL),
        SecretRule(
            "npmrc-auth-token", "npm", r":_authToken\s{0,4}=\s{0,4}\"?", "[A-Za-z0-9._-]", 20, 200, (":_authtoken",), named=True, entropy=3.0, text=True,
            example="//registry.example.net/:_authToken={}", path="root/.npmrc",
        ),
        SecretRule(
            "npmrc-password", "npm", r"(?::_password|:?_auth)\s{0,4}=\s{0,4}\"?", "[A-Za-z0-9+/]", 8, 200, ("_password", "_auth"), named=True, entropy=2.0,
            paths=(".npmrc", "npmrc"), example="//registry.example.net/:_password={}", path="root/.npmrc",
        ),
        SecretRule(
            "yarn-auth-token", "Yarn", r"npmAuth(?:Token|Ident):\s{0,4}[\"']?", "[A-Za-z0-9._:-]", 16, 200, ("npmauthtoken", "npmauthident"), named=True,
            entropy=3.0, text=True, example="npmAuthToken: {}", path="srv/app/.yarnrc.yml",
        ),
        token("pypi-token", "PyPI", "pypi-AgE", URLSAFE, 80, 240, severity=_CRITICAL),
        SecretRule(
            "pypirc-password", "PyPI", r"^\s{0,8}password\s{0,4}[=:]\s{0,4}", QUOTED, 6, 250, ("password",), named=True, entropy=2.0,
            paths=(".pypirc",), example="[pypi]\npassword = {}",
        ),
        SecretRule(
            "pip-index-password", "pip", r"(?:index-url|find-links)\s{0,4}=\s{0,4}https?://[^\s:/@]{1,64}:", QUOTED, 6, 128, ("index-url", "find-links"),
            tail="@", named=True, entropy=2.0, text=True, example="extra-index-url = https://build:{}@packages.example.net/simple", path="etc/pip.conf",
        ),
        token("rubygems-token", "RubyGems", "rubygems_", HEX, 48, severity=_CRITICAL),
        SecretRule(
            "rubygems-credentials", "RubyGems", r"^:[a-z_]{1,40}:\s{0,4}", HEX, 32, 60, (":",), named=True, entropy=2.5,
            paths=(".gem/credentials",), example="---\n:rubygems_api_key: {}",
        ),
        token("nuget-api-key", "NuGet", "oy2", "[a-z0-9]", 43, text=True, entropy=3.5),
        SecretRule(
            "nuget-clear-text-password", "NuGet", r"cleartextpassword[\"']\s{1,4}value\s{0,4}=\s{0,4}[\"']", QUOTED, 6, 128, ("cleartextpassword",), named=True,
            caseless=True, entropy=2.0, text=True, example='<add key="ClearTextPassword" value="{}" />', path="srv/nuget.config",
        ),
        token("crates-token", "crates.io", "cio", ALNUM, 32, text=True, entropy=3.8),
        SecretRule(
            "cargo-credentials", "Cargo", r"^\s{0,4}token\s{0,4}=\s{0,4}\"", QUOTED, 16, 200, ("token",), named=True, entropy=2.5,
            paths=(".cargo/credentials", ".cargo/credentials.toml"), example='[registry]\ntoken = "{}"',
        ),
        token("packagist-token", "Packagist", "packagist_uut_", ALNUM, 60, 72),
        token("packagist-organisation-token", "Packagist", "packagist_ort_", ALNUM, 60, 72),
        SecretRule(
            "composer-auth", "Composer", r'"(?:password|github\.com|gitlab\.com|token|consumer-secret)"\s{0,4}:\s{0,4}"', QUOTED, 8, 200, ("password",), named=True,
            entropy=2.0, paths=("auth.json",), example='"http-basic": {"repo.example.net": {"username": "b", "password": "{}"}}',
        ),
        token("artifactory-api-key", "JFrog Artifactory", "AKC", ALNUM, 64, 73, text=True),
        token("artifactory-reference-token", "JFrog Artifactory", "cmVmdGtu", ALNUM, 56, text=True),
        assigned("artifactory-password", "JFrog Artifactory", r"artifactory_?(?:password|api_?key|token)", QUOTED, 8, 128, words=("artifactory",), entropy=2.8),
        token("docker-hub-token", "Docker Hub", "dckr_pat_", URLSAFE, 27, severity=_CRITICAL),
        token("docker-hub-organisation-token", "Docker Hub", "dckr_oat_", URLSAFE, 27, 40, severity=_CRITICAL),
        SecretRule(
            "docker-config-auth", "Docker", r'"auth"\s{0,8}:\s{0,8}"', "[A-Za-z0-9+/]", 8, 800, ('"auth"',), tail='={0,2}"', named=True, structure="docker_auth", text=True,
            example='{"auths": {"registry.example.net": {"auth": "{}"}}}', path="root/.docker/config.json",
        ),
        SecretRule(
            "docker-identity-token", "Docker", r'"(?:identitytoken|registrytoken)"\s{0,8}:\s{0,8}"', "[A-Za-z0-9._-]", 20, 1000, ("identitytoken", "registrytoken"), named=True,
            entropy=3.0, text=True, example='"identitytoken": "{}"', path="root/.docker/config.json", reach=2048,
        ),
        token("quay-robot-token", "Quay", "quay_", ALNUM, 40, 80),
        token("cloudsmith-api-key", "Cloudsmith", "cloudsmith_", ALNUM, 32, 80),
        assigned("cloudsmith-key", "Cloudsmith", "cloudsmith", HEX, 40),
        assigned("nexus-password", "Sonatype Nexus", r"nexus_?(?:password|admin_password|token)", QUOTED, 8, 128, words=("nexus",), entropy=2.8),
        SecretRule(
            "maven-settings-password", "Maven", r"<password>", QUOTED, 6, 128, ("<password>",), tail="</password>", named=True, entropy=2.0,
            paths=("settings.xml", ".m2/settings.xml"), example="<server><password>{}</password></server>", path="root/.m2/settings.xml",
        ),
        SecretRule(
            "gradle-signing-password", "Gradle", r"^(?:signing\.password|[A-Za-z.]{0,24}[pP]assword)\s{0,4}=\s{0,4}", QUOTED, 6, 128, ("password",), named=True, entropy=2.0,
            paths=("gradle.properties",), example="signing.password={}",
        ),
        token("clojars-token", "Clojars", "CLOJARS_", LOWER, 60),
        token("hex-key", "Hex.pm", "hex_", HEX, 32),
        assigned("anaconda-token", "Anaconda", r"anaconda(?:_?(?:api|cloud))?_?token", r"[a-z0-9-]", 38, 60, words=("anaconda",)),
        assigned("conan-password", "Conan", r"conan_password(?:_[a-z0-9_]{1,24})?", QUOTED, 8, 128, words=("conan_password",), entropy=2.8),
        assigned("helm-registry-password", "Helm", r"helm_(?:repo|registry)_password", QUOTED, 8, 128, words=("helm_repo_password", "helm_registry_password"), entropy=2.8),
        assigned("bundle-gem-credentials", "Bundler", r"bundle_[a-z0-9_]{4,60}__(?:com|net|org|io|dev)", r"[A-Za-z0-9:_-]", 16, 120, words=("bundle_",)),
        assigned("twine-password", "PyPI", "twine_password", QUOTED, 8, 250, entropy=2.8),
        assigned("poetry-pypi-token", "PyPI", r"poetry_(?:pypi_token|http_basic)_[a-z0-9_]{1,40}", QUOTED, 8, 250, words=("poetry_pypi_token", "poetry_http_basic"), entropy=2.8),
        assigned("uv-publish-token", "PyPI", r"uv_(?:publish_(?:token|password)|index_[a-z0-9_]{1,40}_password)", QUOTED, 8, 250, words=("uv_publish", "uv_index"), entropy=2.8),
        assigned("verdaccio-token", "Verdaccio", "verdaccio", BASE64, 44, 200),
    ),
    "docs.npmjs.com, pypi.org/help/#apitoken, guides.rubygems.org, docs.docker.com/security/access-tokens, doc.rust-lang.org/cargo, jfrog.com/help",
)
