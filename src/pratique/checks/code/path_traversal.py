"""A file name taken from a request names any file: `../../etc/passwd` (CWE-22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import REQUEST, Code
from pratique.model import Confidence, Kind, Severity

_OPENS = {
    "python": frozenset(
        [
            "open",
            "io.open",
            "codecs.open",
            "os.open",
            "os.remove",
            "os.unlink",
            "os.rmdir",
            "shutil.rmtree",
            "shutil.copy",
            "shutil.copyfile",
            "shutil.move",
            "flask.send_file",
            "send_file",
            "django.http.FileResponse",
            "starlette.responses.FileResponse",
            "fastapi.responses.FileResponse",
        ]
    ),
    "javascript": frozenset(
        [
            "fs.readFile",
            "fs.readFileSync",
            "fs.createReadStream",
            "fs.writeFile",
            "fs.writeFileSync",
            "fs.createWriteStream",
            "fs.unlink",
            "fs.unlinkSync",
            "fs.promises.readFile",
            "fs.readdir",
            "fs.rm",
            "fs.rmSync",
            "fsp.readFile",
            "readFileSync",
            "createReadStream",
            ".sendFile",
            ".sendfile",
            ".download",
        ]
    ),
    "go": frozenset(
        [
            "os.Open",
            "os.OpenFile",
            "os.ReadFile",
            "os.WriteFile",
            "os.Create",
            "os.Remove",
            "os.RemoveAll",
            "ioutil.ReadFile",
            "ioutil.WriteFile",
            "http.ServeFile",
            "os.ReadDir",
            ".File",
            ".SendFile",
        ]
    ),
    "java": frozenset(
        [
            "new File",
            "new FileInputStream",
            "new FileOutputStream",
            "new FileReader",
            "new FileWriter",
            "new RandomAccessFile",
            "new FileSystemResource",
            "Paths.get",
            "Path.of",
            "Files.readAllBytes",
            "Files.newInputStream",
            "Files.delete",
        ]
    ),
    "php": frozenset(
        ["file_get_contents", "file_put_contents", "fopen", "readfile", "file", "unlink", "highlight_file", "show_source", "copy", "rename"]
    ),
}
_WORDS = {
    "python": (b"request", b"route", b"@app.", b"@router."),
    "javascript": (b"req.", b"request.", b"ctx."),
    "go": (b"http.Request", b"gin.Context", b"echo.Context", b"fiber.Ctx"),
    "java": (b"getParameter", b"getHeader", b"@RequestParam", b"@PathVariable", b"getPathInfo", b"@PathParam", b"@QueryParam"),
    "php": (b"$_GET", b"$_POST", b"$_REQUEST", b"$_COOKIE", b"$_FILES", b"$request"),
}
_ALSO = {
    "python": (b"open(", b"send_file", b"FileResponse", b"remove(", b"unlink(", b"shutil."),
    "javascript": (b"File", b"Stream", b"unlink", b"sendfile", b"download", b"readdir", b".rm"),
    "go": (b"os.", b"ioutil.", b"ServeFile", b".File(", b"SendFile"),
    "java": (b"File", b"Paths", b"Path."),
    "php": (b"file", b"open(", b"unlink", b"copy(", b"rename(", b"source("),
}


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each file that is opened, sent or deleted by a name from a request."""
    for one in objections(member.path, file.read(), _WORDS, _judge, _ALSO):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:
    opens = _OPENS[code.language]
    for call in code.calls:
        if not call.among(opens) or not call.arguments:
            continue
        value = call.arguments[-1] if call.name == "http.ServeFile" else call.arguments[0]
        if len(call.arguments) > 1 and call.last == "sendFile" and "root" in text(call.line):
            continue
        if not value.fixed and value.input == REQUEST:
            yield Objection(
                call.line, "a file is named by the request", Confidence.MEDIUM if code.language == "php" and "://" in value.text else Confidence.HIGH
            )


CHECK = FileCheck(
    id="path-traversal",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application open files by names that a request gives?",
    remedy="Take only the last part of the name, or resolve the path and see that it still lies below its folder.",
    wants=WANTS,
    run=run,
    catches=(
        Sample(
            "app/files.py",
            b'from flask import request, send_file\n@app.get("/f")\ndef get():\n    return send_file("/srv/" + request.args["name"])\n',
        ),
        Sample("app/item.py", b'@app.get("/f/{name}")\ndef get(name: str):\n    return open("/srv/" + name).read()\n'),
        Sample("app/files.js", b"app.get('/f', (req, res) => {\n  res.sendFile(path.join('/srv', req.query.name))\n})\n"),
        Sample("app/files.go", b'func h(w http.ResponseWriter, r *http.Request) {\n\thttp.ServeFile(w, r, "/srv/"+r.FormValue("name"))\n}\n'),
        Sample("app/F.java", b'class F { void f(HttpServletRequest req) { new FileInputStream("/srv/" + req.getParameter("name")); } }'),
        Sample("app/f.php", b'<?php readfile("/srv/" . $_GET["name"]);'),
    ),
    passes=(
        Sample(
            "app/files.py",
            b"from flask import request, send_from_directory\nfrom werkzeug.utils import secure_filename\n"
            b'def get():\n    open("/srv/" + secure_filename(request.args["n"]))\n    return send_from_directory("/srv", request.args["name"])\n',
        ),
        Sample("app/item.py", b'@app.get("/f/{at}")\ndef get(at: int):\n    return open(f"/srv/{at}").read()\n'),
        Sample("app/files.js", b"app.get('/f', (req, res) => {\n  res.sendFile(path.join('/srv', path.basename(req.query.name)))\n})\n"),
        Sample(
            "app/files.go",
            b'func h(w http.ResponseWriter, r *http.Request) {\n\thttp.ServeFile(w, r, "/srv/"+filepath.Base(r.FormValue("name")))\n}\n',
        ),
        Sample("app/F.java", b'class F { void f(HttpServletRequest req) { req.getParameter("name"); new FileInputStream("/srv/fixed"); } }'),
        Sample("app/f.php", b'<?php readfile("/srv/" . basename($_GET["name"]));'),
    ),
    aliases=("CWE-22",),
)
