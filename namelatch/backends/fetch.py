"""Brings the pinned jars from a Maven repository into the cache: verified, resumed, never half-written.

A jar is written under another name and renamed once its checksum is right; what is there already is not asked
for again, so a fetch that broke off goes on where it was. Several fetches at once do no harm.
"""

import os
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from http.client import HTTPException
from pathlib import Path

from namelatch.backends.embedded import own_directory
from namelatch.backends.jars import FETCH, Jar, cache_directory, pinned
from namelatch.trouble import BadEnvironment, Misuse

MAVEN = "NAMELATCH_MAVEN"
CENTRAL = "https://repo.maven.apache.org/maven2"
_MIRRORS = {"*", "central", "external:*"}  # what a mirror for Maven Central says that it mirrors
_TIMEOUT_S = 30.0  # without a byte
_AT_ONCE = 4


def repository(given: str | None = None) -> str:
    """`given`, else $NAMELATCH_MAVEN, else the mirror named in ~/.m2/settings.xml, else Central. Raises Misuse."""
    base = given or os.environ.get(MAVEN) or _mirror(Path.home() / ".m2" / "settings.xml") or CENTRAL
    try:
        parts = urllib.parse.urlsplit(base)
        base.encode("ascii")  # else it can't be asked for: http.client would stumble
    except ValueError:
        raise Misuse(f"{base!r}: not an address, write what is not ASCII as %XX") from None
    if "@" in parts.netloc:  # would be sent nowhere, and printed with every error
        raise Misuse("the address of a Maven repository has a user or a password in it: that is not supported")
    if parts.scheme not in {"http", "https", "file"}:
        raise Misuse(f"{base}: not the address of a Maven repository (http, https or file)")
    return base.rstrip("/")


def _mirror(settings: Path) -> str | None:
    """The address of the first mirror of Maven Central; a file that can't be read names none."""
    try:
        root = ET.parse(settings).getroot()  # noqa: S314  (the user's own file, read by Maven itself as well)
    except (OSError, ET.ParseError, LookupError, ValueError):  # an encoding that Python does not have, too
        return None
    for mirror in root.iterfind("{*}mirrors/{*}mirror"):
        of, url = mirror.findtext("{*}mirrorOf", ""), mirror.findtext("{*}url", "").strip()
        if url and _MIRRORS & {name.strip() for name in of.split(",")}:
            return url
    return None


def fetch(base: str, say: Callable[[str], None], jars: tuple[Jar, ...] | None = None) -> Path:
    """Every jar into the cache; its directory. Raises BadEnvironment with the jar that failed and what to do."""
    jars = pinned() if jars is None else jars
    directory = own_directory(cache_directory())
    lacking = [jar for jar in jars if not jar.is_in(directory)]
    total = sum(jar.size for jar in lacking)
    say(f"{len(jars) - len(lacking)} of {len(jars)} jars are in {directory}, {_mb(total)} to fetch")
    done = 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
        futures = {pool.submit(_one, base, jar, directory): jar for jar in lacking}
        open_ = set(futures)
        try:
            while open_:
                ended, open_ = wait(open_, return_when=FIRST_EXCEPTION, timeout=1.0)
                for future in ended:
                    future.result()
                    done += futures[future].size
                if ended:
                    say(f"{_mb(done)} of {_mb(total)}")
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return directory


def _one(base: str, jar: Jar, directory: Path) -> None:
    url = f"{base}/{jar.path}"
    again = f"try '{FETCH}' again (what came so far is kept), or name another repository in {MAVEN}"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as reply:  # noqa: S310  (the scheme was checked)
            content = reply.read(jar.size + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise BadEnvironment(f"{url}: HTTP {error.code}: {again}") from None
    except (OSError, HTTPException, UnicodeError) as error:  # a redirect, too, can lead to what is no host name
        reason = getattr(error, "reason", None) or error
        raise BadEnvironment(f"{url}: {reason}: {again}") from None
    if len(content) < jar.size:
        raise BadEnvironment(f"{url}: ended after {len(content)} of {jar.size} bytes: {again}")
    if not jar.fits(content):
        raise BadEnvironment(
            f"{url}: not the pinned bytes (SHA-256 {jar.sha256[:16]}...): refused; name another repository in {MAVEN}"
        )
    part = directory / f".{jar.name}.{os.getpid()}"
    try:
        part.write_bytes(content)
        part.replace(directory / jar.name)
    except OSError as error:
        raise BadEnvironment(f"can't write {directory / jar.name}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
