"""Passwords of databases, queues and others in the addresses that name them."""

from __future__ import annotations

from pratique.checks.secret import QUOTED, SecretRule, SecretRules, assigned
from pratique.model import Confidence

_USER = r"://[A-Za-z0-9_.%+-]{0,64}:"
_WORD = r"[!#-%*-.0-;=?A-Z_a-z~^|-]"
"""What a password within an address may hold without being escaped (RFC 3986 3.2.1, and what is written all the same)."""


def _address(id: str, provider: str, schemes: str, words: tuple[str, ...], confidence: Confidence = Confidence.HIGH) -> SecretRule:
    return SecretRule(
        id,
        provider,
        f"(?:{schemes}){_USER}",
        _WORD,
        4,
        128,
        words,
        tail="@[A-Za-z0-9_.\\[-]",
        named=True,
        entropy=2.0,
        confidence=confidence,
        text=True,
        structure="password",
        example=f"DATABASE_URL={words[0].removesuffix('://')}://deployer:R7-kk.Zw4p9@db.internal.example.net/app",
    )


RULES = SecretRules(
    "databases",
    "Databases and queues",
    (
        _address("postgres-url-password", "PostgreSQL", r"postgres(?:ql)?(?:\+[a-z0-9]{1,12})?", ("postgres://", "postgresql://", "postgres")),
        _address("mysql-url-password", "MySQL", r"(?:mysql|mariadb)(?:\+[a-z0-9]{1,12}|2)?", ("mysql://", "mariadb://", "mysql", "mariadb")),
        _address("mongodb-url-password", "MongoDB", r"mongodb(?:\+srv)?", ("mongodb://", "mongodb+srv://", "mongodb")),
        _address("redis-url-password", "Redis", r"(?:redis|rediss|valkey)", ("redis://", "rediss://", "valkey://")),
        _address("amqp-url-password", "RabbitMQ", r"amqps?", ("amqp://", "amqps://")),
        _address("mssql-url-password", "SQL Server", r"(?:mssql|sqlserver)(?:\+[a-z0-9]{1,12})?", ("mssql://", "sqlserver://", "mssql", "sqlserver")),
        _address("oracle-url-password", "Oracle", r"oracle(?:\+[a-z0-9_]{1,12})?", ("oracle://", "oracle")),
        _address("clickhouse-url-password", "ClickHouse", r"clickhouse(?:\+[a-z0-9]{1,12}|s)?", ("clickhouse://", "clickhouses://", "clickhouse")),
        _address("cockroach-url-password", "CockroachDB", r"cockroach(?:db)?", ("cockroach://", "cockroachdb://")),
        _address("snowflake-url-password", "Snowflake", r"snowflake", ("snowflake://",)),
        _address("neo4j-url-password", "Neo4j", r"(?:neo4j|bolt)(?:\+s(?:sc)?)?", ("neo4j://", "bolt://", "neo4j+s", "bolt+s")),
        _address("nats-url-password", "NATS", r"(?:nats|tls)", ("nats://", "tls://")),
        _address("ldap-url-password", "LDAP", r"ldaps?", ("ldap://", "ldaps://")),
        _address("smtp-url-password", "SMTP", r"smtps?", ("smtp://", "smtps://")),
        _address("ftp-url-password", "FTP", r"(?:ftp|ftps|sftp)", ("ftp://", "ftps://", "sftp://")),
        _address("basic-auth-url", "HTTP", r"https?", ("https://", "http://"), Confidence.MEDIUM),
        _address("ssh-url-password", "SSH", r"(?:ssh|git|svn\+ssh)", ("ssh://", "git://", "svn+ssh://")),
        SecretRule(
            "jdbc-url-password", "JDBC", r"jdbc:[a-z0-9:]{2,24}//[^\s\"'<>]{1,200}?[?&;]password=", r"[!#-%(-.0-:=?A-Z_a-z~^|-]", 4, 80, ("jdbc:",), named=True, entropy=2.0,
            text=True, structure="password", trigger="jdbc:[a-z0-9:]{2,24}//", example="url=jdbc:postgresql://db.example.net/app?user=a&password=R7-kk.Zw4p9",
        ),
        SecretRule(
            "ado-connection-string-password", "ADO.NET", r"(?:server|data source|host)\s?=[^;\"'\r\n]{2,120};[^\"'\r\n]{0,200}?(?:password|pwd)\s?=\s?", r"[!#-&(-:<-~]", 4, 80, ("password", "pwd"), named=True,
            caseless=True, entropy=2.0, text=True, structure="password", trigger=r"(?i:(?:password|pwd)\s?=\s?)[!#-&(-:<-~]{4}", example="Server=db.example.net;Database=app;User Id=sa;Password=R7-kk.Zw4p9;",
        ),
        SecretRule(
            "odbc-connection-string-password", "ODBC", r"driver\s?=\s?\{?[a-z0-9 _.()-]{2,60}\}?;[^\"'\r\n]{0,200}?pwd\s?=\s?", r"[!#-&(-:<-~]", 4, 80, ("pwd",), named=True, caseless=True,
            entropy=2.0, text=True, structure="password", trigger=r"(?i:pwd\s?=\s?)[!#-&(-:<-~]{4}", example="Driver={PostgreSQL Unicode};Uid=a;Pwd=R7-kk.Zw4p9;",
        ),
        assigned("database-password", "Database", r"(?:database|db|postgres|pg|mysql|mariadb|mongo|redis|sql|oracle|rabbitmq|ldap|admin)_(?:root_)?(?:password|passwd|pwd)", QUOTED, 8, 64,
                 words=("_password", "_passwd", "_pwd"), entropy=2.8, structure="password"),
        assigned("mysql-root-password", "MySQL", r"my_?sql_?root_?pass", QUOTED, 8, 64, words=("mysqlroot", "mysql_root", "my_sql_root"), entropy=2.8, structure="password"),
        SecretRule(
            "sql-identified-by", "SQL", r"identified\s{1,4}(?:with\s{1,4}[a-z0-9_]{4,32}\s{1,4})?by\s{1,4}'", QUOTED, 6, 64, ("identified",), named=True, caseless=True, entropy=2.5,
            structure="password", text=True, confidence=Confidence.MEDIUM, example="CREATE USER app IDENTIFIED BY 'R7-kk.Zw4p9';", path="srv/init.sql",
        ),
    ),
    "RFC 3986, the documentation of each database's connection strings",
)
