"""The part of the XML API of Google's storage that a history needs, on this machine.

No server of a package registry speaks it, so this one follows Google's reference:
https://cloud.google.com/storage/docs/xml-api/reference-methods
"""

import email.utils
import hashlib
import http.server
import itertools
import threading
import urllib.parse
import xml.etree.ElementTree as ET

# A list is answered in parts, as that of a large bucket is.
MOST_KEYS = 3


class Bucket:
    def __init__(self):
        self.lock = threading.Lock()
        # By key: the content, its generation, and when it was written.
        self.objects = {}
        self.uploads = {}
        self.generations = itertools.count(1)

    def write(self, key, content):
        self.objects[key] = (content, next(self.generations), email.utils.formatdate(usegmt=True))
        return self.facts(key)

    def facts(self, key):
        content, generation, written = self.objects[key]
        return {"ETag": tag(content), "x-goog-generation": str(generation), "Last-Modified": written}


def tag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


def xml(root, **members):
    element = ET.Element(root)
    for name, value in members.items():
        ET.SubElement(element, name).text = value
    return element


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket = Bucket()

    def answer(self, status, content=b"", headers={}):
        if isinstance(content, ET.Element):
            content = ET.tostring(content)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def parts(self):
        url = urllib.parse.urlsplit(self.path)
        _, _, key = url.path.removeprefix("/").partition("/")
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return urllib.parse.unquote(key), query, content

    def do_GET(self):
        key, query, _ = self.parts()
        with self.bucket.lock:
            if not key:
                return self.answer(200, self.listed(query))
            if key not in self.bucket.objects:
                return self.answer(404)
            content, headers = self.bucket.objects[key][0], self.bucket.facts(key)
        if self.headers.get("If-Match", headers["ETag"]) != headers["ETag"]:
            return self.answer(412)
        if not (wanted := self.headers.get("Range")):
            return self.answer(200, content, headers)
        first, last = wanted.removeprefix("bytes=").split("-")
        begin = int(first) if first else max(len(content) - int(last), 0)
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        if begin >= len(content):
            return self.answer(416)
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        self.answer(206, content[begin:end], headers)

    do_HEAD = do_GET

    def listed(self, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        after = query.get("continuation-token") or query.get("start-after", "")
        result, last, found = xml("ListBucketResult"), "", set()
        for key in sorted(key for key in self.bucket.objects if key.startswith(prefix) and key > after):
            folder, is_within, _ = key[len(prefix):].partition(delimiter) if delimiter else ("", "", "")
            if is_within and prefix + folder + delimiter in found | {after}:
                continue
            if len(found) == MOST_KEYS:
                ET.SubElement(result, "NextContinuationToken").text = last
                break
            last = prefix + folder + delimiter if is_within else key
            found.add(last)
            if is_within:
                result.append(xml("CommonPrefixes", Prefix=last))
            else:
                content, _, written = self.bucket.objects[key]
                moment = email.utils.parsedate_to_datetime(written).strftime("%Y-%m-%dT%H:%M:%S.000Z")
                result.append(xml("Contents", Key=key, Size=str(len(content)), LastModified=moment, ETag=tag(content)))
        return result

    def do_PUT(self):
        key, query, content = self.parts()
        with self.bucket.lock:
            if "uploadId" in query:
                self.bucket.uploads[query["uploadId"]][int(query["partNumber"])] = content
                return self.answer(200, headers={"ETag": tag(content)})
            _, generation, _ = self.bucket.objects.get(key, (b"", 0, ""))
            if int(self.headers.get("x-goog-if-generation-match", generation)) != generation:
                return self.answer(412)
            self.answer(200, headers=self.bucket.write(key, content))

    def do_POST(self):
        key, query, _ = self.parts()
        with self.bucket.lock:
            if "uploads" in query:
                upload = f"upload-{next(self.bucket.generations)}"
                self.bucket.uploads[upload] = {}
                return self.answer(200, xml("InitiateMultipartUploadResult", UploadId=upload))
            parts = self.bucket.uploads.pop(query["uploadId"])
            headers = self.bucket.write(key, b"".join(parts[number] for number in sorted(parts)))
            self.answer(200, xml("CompleteMultipartUploadResult", ETag=headers["ETag"]), headers)

    def do_DELETE(self):
        key, query, _ = self.parts()
        with self.bucket.lock:
            removed = self.bucket.uploads.pop(query.get("uploadId"), None)
            if "uploadId" not in query:
                removed = self.bucket.objects.pop(key, None)
        self.answer(404 if removed is None else 204)

    def log_message(self, *_):
        pass


def start():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
