"""One HTTP answer, with time limits, tries and a byte limit. Secrets come from the environment, never into texts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3

from pipelines.city.fetch import Base
from pipelines.errors import DataError, UsageError

AGAIN = {408, 425, 429, 500, 502, 503, 504}
LONGEST_PAUSE = 120.0
CHUNK = 1 << 16


class _Session(requests.Session):
    """Secrets go to the host that they are meant for, not on to one that it redirects to."""

    def __init__(self, secrets: set[str]) -> None:
        super().__init__()
        self.secrets = secrets

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        super().rebuild_auth(prepared_request, response)
        if self.should_strip_auth(response.request.url or "", prepared_request.url or ""):
            for name in self.secrets:
                prepared_request.headers.pop(name, None)


class Broken(Exception):  # noqa: N818 tried again by the caller
    """An answer that did not come whole."""


@dataclass
class Client:
    """Asks ``spec.url``. ``pause`` waits that many seconds (tests do not wait)."""

    spec: Base
    source: str
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    taken: int = 0  # bytes
    began: float = field(default_factory=time.monotonic)
    session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = _Session(set(self.spec.secret_headers))

    def headers(self) -> dict[str, str]:
        """Raises UsageError where the environment lacks a secret."""
        found = dict(self.spec.headers)
        for header, variable in self.spec.secret_headers.items():
            value = os.environ.get(variable, "").strip()  # a file that it came from ends with a line break
            if not value:
                raise UsageError(
                    f"{self.source}: the environment variable {variable} (header {header}) is not set",
                    f"set {variable} where this runs; a secret never stands in the city folder",
                )
            found[header] = value
        return found

    def whole(self, parameters: Mapping[str, str]) -> requests.Response:
        """The whole answer to one page. Raises DataError, in one line, where it does not come."""

        def once() -> requests.Response:
            answer = self._ask(parameters, {})
            body = b"".join(self._body(answer))
            self._check_length(answer, len(body))
            answer._content = body
            return answer

        return self.trying(once)

    def stream(self, headers: Mapping[str, str]) -> tuple[requests.Response, Iterator[bytes]]:
        """An answer whose body is still to be read."""
        answer = self._ask({}, headers)
        return answer, self._body(answer)

    def trying(self, once: Callable[[], Any]) -> Any:
        """What ``once`` returns, tried again with longer and longer pauses while the server is busy."""
        wait, last = 1.0, ""
        for attempt in range(1, self.spec.limits.tries + 1):
            self._in_time()
            try:
                return once()
            except (Broken, requests.ConnectionError, requests.Timeout) as error:
                last = self._told(error)
                wait = max(wait, getattr(error, "retry_after", 0.0))
            if attempt < self.spec.limits.tries:
                self.say(f"{self.source}: {last}; try {attempt + 1} of {self.spec.limits.tries} in {wait:.0f} s")
                self.pause(min(wait, LONGEST_PAUSE))
                wait *= 2
        raise DataError(
            f"{self.source}: {self.spec.url} did not answer in {self.spec.limits.tries} tries: {last}",
            "run again later; what came so far is kept and is not asked for again",
        )

    def _told(self, error: Exception) -> str:
        """What went wrong, in words that hold no header: one may be a secret."""
        if isinstance(error, Broken):
            return str(error)
        words: dict[tuple[type[Exception], ...], str] = {
            (requests.ConnectTimeout,): "no connection came about in time",
            (requests.Timeout,): f"nothing came for {self.spec.limits.answer_seconds} s",
            (requests.TooManyRedirects,): "it sends from one address to the next without end",
            (requests.exceptions.InvalidHeader, UnicodeError): "a header holds a character that none may hold",
            (requests.ConnectionError,): "no connection",
        }
        other = f"it is no address that can be asked ({type(error).__name__})"
        return next((told for kinds, told in words.items() if isinstance(error, kinds)), other)

    def _ask(self, parameters: Mapping[str, str], headers: Mapping[str, str]) -> requests.Response:
        seconds = self.spec.limits.answer_seconds
        try:
            answer = self.session.get(
                self.spec.url,
                params=dict(parameters),
                headers={**self.headers(), **headers},
                timeout=(min(10, seconds), seconds),
                stream=True,
            )
        except (requests.ConnectionError, requests.Timeout):  # may pass
            raise
        except (requests.RequestException, UnicodeError, urllib3.exceptions.LocationParseError) as error:
            raise DataError(
                f"{self.source}: {self.spec.url} cannot be asked: {self._told(error)}",
                "check url and headers of the source's fetch",
            ) from error
        if answer.status_code in AGAIN:
            broken = Broken(f"the server answered {answer.status_code} {answer.reason}")
            broken.retry_after = _retry_after(answer.headers.get("Retry-After", ""))  # type: ignore[attr-defined]
            raise broken
        if answer.status_code in (401, 403):
            raise DataError(
                f"{self.source}: {self.spec.url} refused the request: {answer.status_code} {answer.reason}",
                "check the token named under secret_headers and what it may read",
            )
        if answer.status_code >= 400 and not (answer.status_code == 416 and "Range" in headers):
            raise DataError(
                f"{self.source}: {self.spec.url} answered {answer.status_code} {answer.reason}",
                "check url, query and pages of the source's fetch",
            )
        return answer

    def _body(self, answer: requests.Response) -> Iterator[bytes]:
        try:
            # what has come is handed on before the line breaks, so that a download can go on from there
            while chunk := answer.raw.read1(CHUNK, decode_content=True):
                self.taken += len(chunk)
                if self.taken > self.spec.limits.max_bytes:
                    raise DataError(
                        f"{self.source}: more than {self.spec.limits.max_bytes:,} bytes came from {self.spec.url}",
                        "narrow query or since, or raise limits.max_bytes of the source's fetch",
                    )
                self._in_time()
                yield chunk
        except urllib3.exceptions.HTTPError as error:
            raise Broken("the line broke within an answer") from error

    def _check_length(self, answer: requests.Response, length: int) -> None:
        told = answer.headers.get("Content-Length")
        if told is not None and "Content-Encoding" not in answer.headers and int(told) != length:
            raise Broken(f"{length:,} of {int(told):,} bytes came")

    def _in_time(self) -> None:
        if time.monotonic() - self.began > self.spec.limits.seconds:
            raise DataError(
                f"{self.source}: fetching took longer than {self.spec.limits.seconds} s",
                "run again: it goes on from where it stopped; or raise limits.seconds of the source's fetch",
            )


def _retry_after(text: str) -> float:
    """Seconds told by a Retry-After header: a number or a date; 0 where there is none."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
