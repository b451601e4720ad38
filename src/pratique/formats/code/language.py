"""What the reader of tokens must know of a language: how its words look, where input comes from, what cleans it and what hands it on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pratique.formats.code.values import ARGUMENTS, ENVIRONMENT, REQUEST

_BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_LINE = r"//[^\n]*+"
_DOUBLE = r'"(?:[^"\\\n]|\\[\s\S])*+(?:"|(?=\n)|\Z)'
_SINGLE = r"'(?:[^'\\\n]|\\[\s\S])*+(?:'|(?=\n)|\Z)"
_TICKS = r"`(?:[^`\\]|\\[\s\S])*+(?:`|\Z)"
_NUMBER = r"\d[\w.]*+"


def _tokens(comment: str, string: str, name: str, operators: str) -> re.Pattern[str]:
    """Return the tokens as one pattern. Each alternative takes what it begins, ended or not: no text is looked at twice."""
    return re.compile(f"(?P<comment>{comment})|(?P<string>{string})|(?P<name>{name})|(?P<number>{_NUMBER})|(?P<op>{operators}|[^\\s\\w])")


@dataclass(frozen=True, slots=True)
class Language:
    """One language with C's brackets."""

    id: str
    tokens: re.Pattern[str]
    sources: tuple[tuple[re.Pattern[str], str], ...]
    """Dotted names that are input, from their beginning, and whose."""
    clean: frozenset[str]
    """Functions (the last part of their name) whose result cannot break out of a text."""
    carry: frozenset[str]
    """Functions that hand on the text they are given; methods of a value that is input do so anyway."""
    build: frozenset[str]
    """Functions that assemble a text."""
    dots: frozenset[str] = frozenset({"."})
    joins: frozenset[str] = frozenset({"+"})
    lines: bool = False
    """Whether a line's end ends a statement."""
    interpolation: re.Pattern[str] | None = None
    """Names within a string, where the string has any."""
    interpolated: str = ""
    """The quotes that interpolate."""
    function: str = "function"
    shared: bool = False
    """Names belong to the function, not to the block."""
    annotations: frozenset[str] = frozenset()
    """Annotations whose parameter comes from the request."""
    regex: bool = False


JAVASCRIPT = Language(
    id="javascript",
    tokens=_tokens(
        f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_SINGLE}|{_TICKS}", r"[A-Za-z_$#][\w$]*+", r"===|!==|=>|==|!=|<=|>=|\?\.|\+=|&&|\|\||\?\?|\+\+|\.\.\."
    ),
    sources=(
        (
            re.compile(
                r"(?:.*\.)?(?:req|request|ctx|context|koa)\.(?:request\.)?(?:query|body|params|param|headers|header|cookies|url|originalUrl|get|files|rawBody)\b"
            ),
            REQUEST,
        ),
        (
            re.compile(
                r"event\.(?:body|queryStringParameters|pathParameters|headers|rawPath)\b|(?:window\.|document\.)?location\.(?:search|hash|href)\b"
            ),
            REQUEST,
        ),
        (re.compile(r"process\.argv\b"), ARGUMENTS),
        (re.compile(r"process\.env\b"), ENVIRONMENT),
    ),
    clean=frozenset(
        [
            "parseInt",
            "parseFloat",
            "Number",
            "Boolean",
            "BigInt",
            "escape",
            "escapeId",
            "escapeLiteral",
            "escapeIdentifier",
            "encodeURIComponent",
            "basename",
            "length",
        ]
    ),
    carry=frozenset(
        ["String", "toString", "trim", "join", "resolve", "normalize", "parse", "from", "decodeURIComponent", "unescape", "atob", "stringify", "raw"]
    ),
    build=frozenset({"concat", "format"}),
    dots=frozenset({".", "?."}),
    lines=True,
    interpolation=re.compile(r"\$\{([^{}]{0,500})\}"),
    interpolated="`",
    regex=True,
)
GO = Language(
    id="go",
    tokens=_tokens(f"{_LINE}|{_BLOCK}", f"{_DOUBLE}|{_SINGLE}|`[^`]*+(?:`|\\Z)", r"[A-Za-z_]\w*+", r":=|==|!=|<=|>=|\+=|&&|\|\||<-|\+\+|\.\.\."),
    sources=(
        (
            re.compile(r"(?:r|req|request)\.(?:FormValue|PostFormValue|URL|Header|Form|PostForm|PathValue|Body|Cookie|RequestURI|MultipartForm)\b"),
            REQUEST,
        ),
        (
            re.compile(
                r"(?:c|ctx|context)\.(?:Query|Param|PostForm|DefaultQuery|DefaultPostForm|FormValue|QueryParam|Params|GetHeader|Cookies|Body)\b"
            ),
            REQUEST,
        ),
        (re.compile(r"mux\.Vars\b|chi\.URLParam\b"), REQUEST),
        (re.compile(r"os\.Args\b|flag\.Arg\b"), ARGUMENTS),
        (re.compile(r"os\.(?:Getenv|LookupEnv)\b"), ENVIRONMENT),
    ),
    clean=frozenset(
        [
            "Atoi",
            "ParseInt",
            "ParseUint",
            "ParseFloat",
            "ParseBool",
            "Itoa",
            "FormatInt",
            "Base",
            "QuoteMeta",
            "QueryEscape",
            "PathEscape",
            "QuoteIdentifier",
            "QuoteLiteral",
            "len",
            "int",
            "int64",
            "int32",
            "uint",
            "Quote",
        ]
    ),
    carry=frozenset(
        [
            "string",
            "byte",
            "ReadAll",
            "Join",
            "Clean",
            "Abs",
            "TrimSpace",
            "Trim",
            "TrimPrefix",
            "TrimSuffix",
            "ToLower",
            "ToUpper",
            "Replace",
            "ReplaceAll",
            "NewReader",
            "NewBufferString",
            "Fields",
            "Split",
        ]
    ),
    build=frozenset({"Sprintf", "Sprint", "Sprintln"}),
    lines=True,
    function="func",
)
JAVA = Language(
    id="java",
    tokens=_tokens(
        f"{_LINE}|{_BLOCK}",
        f'"""(?:[^"\\\\]|\\\\[\\s\\S]|"(?!""))*+(?:"""|\\Z)|{_DOUBLE}|{_SINGLE}',
        r"[A-Za-z_$][\w$]*+",
        r"->|::|==|!=|<=|>=|\+=|&&|\|\||\+\+|\.\.\.",
    ),
    sources=(
        (
            re.compile(
                r"(?:.*\.)?(?:getParameter|getParameterValues|getParameterMap|getHeader|getHeaders|getQueryString|getCookies|getPathInfo|getRequestURI|getRequestURL)\(?\)?$"
            ),
            REQUEST,
        ),
        (re.compile(r"(?:req|request|servletRequest|exchange)\.(?:getInputStream|getReader|getBody|getPart|getRequestBody)\b"), REQUEST),
        (re.compile(r"args(?:\[\])?$"), ARGUMENTS),
        (re.compile(r"System\.getenv\b"), ENVIRONMENT),
    ),
    clean=frozenset(
        [
            "parseInt",
            "parseLong",
            "parseDouble",
            "parseBoolean",
            "fromString",
            "getFileName",
            "getName",
            "quote",
            "encode",
            "hashCode",
            "length",
            "size",
            "isEmpty",
            "equals",
        ]
    ),
    carry=frozenset(
        [
            "String",
            "valueOf",
            "toString",
            "trim",
            "toPath",
            "get",
            "File",
            "of",
            "Path",
            "StringBuilder",
            "StringBuffer",
            "ByteArrayInputStream",
            "InputStreamReader",
            "BufferedReader",
            "getBytes",
            "asList",
            "List",
        ]
    ),
    build=frozenset({"concat", "format", "formatted", "append", "join"}),
    dots=frozenset({".", "::"}),
    function="",
    annotations=frozenset(
        {"RequestParam", "PathVariable", "RequestBody", "RequestHeader", "CookieValue", "QueryParam", "PathParam", "FormParam", "HeaderParam"}
    ),
)
PHP = Language(
    id="php",
    tokens=_tokens(
        rf"{_LINE}|#(?!\[)[^\n]*+|{_BLOCK}|\?>(?:[^<]|<(?!\?(?:php|=)))*+(?:<\?(?:php|=)|\Z)",
        r"""<<<[ \t]*+(?P<quote>["']?)(?P<label>[A-Za-z_]\w{0,60})(?P=quote)\n[\s\S]*?(?:\n[ \t]*+(?P=label)\b|\Z)"""
        rf"""|"(?:[^"\\]|\\[\s\S])*+(?:"|\Z)|'(?:[^'\\]|\\[\s\S])*+(?:'|\Z)|{_TICKS}""",
        r"\$?[A-Za-z_\\][\w\\]*+",
        r"->|\?->|::|=>|===|!==|==|!=|<=|>=|\.=|\+=|&&|\|\||\?\?|\.\.\.",
    ),
    sources=(
        (re.compile(r"\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\b|\$HTTP_RAW_POST_DATA|filter_input\b"), REQUEST),
        (re.compile(r"(?:.*\.)?\$?request\.(?:input|query|get|post|all|cookie|header|getContent|request|json|route|headers|cookies)\b"), REQUEST),
        (re.compile(r"\$argv\b"), ARGUMENTS),
        (re.compile(r"getenv\b|\$_ENV\b"), ENVIRONMENT),
    ),
    clean=frozenset(
        [
            "intval",
            "floatval",
            "boolval",
            "count",
            "strlen",
            "escapeshellarg",
            "escapeshellcmd",
            "real_escape_string",
            "mysqli_real_escape_string",
            "pg_escape_string",
            "pg_escape_literal",
            "pg_escape_identifier",
            "quote",
            "basename",
            "is_numeric",
            "isset",
            "empty",
            "in_array",
            "hash",
            "crc32",
            "md5",
            "sha1",
            "ctype_digit",
            "urlencode",
            "rawurlencode",
        ]
    ),
    carry=frozenset(
        [
            "trim",
            "ltrim",
            "rtrim",
            "strtolower",
            "strtoupper",
            "str_replace",
            "preg_replace",
            "implode",
            "join",
            "explode",
            "urldecode",
            "rawurldecode",
            "base64_decode",
            "json_decode",
            "stripslashes",
            "strval",
            "substr",
            "realpath",
            "file_get_contents",
            "htmlspecialchars",
            "addslashes",
            "array_map",
            "array_values",
        ]
    ),
    build=frozenset({"sprintf", "vsprintf"}),
    dots=frozenset({"->", "?->", "::"}),
    joins=frozenset({".", "+"}),
    interpolation=re.compile(r"\{?(\$[A-Za-z_]\w{0,100}(?:(?:->\w{1,100})|(?:\[[^\]\n]{0,100}\]))*)\}?"),
    interpolated='"`<',
    shared=True,
)
LANGUAGES = {language.id: language for language in (JAVASCRIPT, GO, JAVA, PHP)}
