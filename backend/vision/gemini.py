"""Asks Gemini about a photo: one call, one typed answer, two errors.

The SDK is loaded at the first call: it costs two seconds and 43 MB that a server without a key does
not pay. It retries nothing here: whoever asks has a queue, a breaker and a purse.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, NoReturn, TypeVar

import msgspec

from backend.errors import Refused, Unavailable
from backend.vision.questions import Question

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentResponse

T = TypeVar("T")

ANSWER_S: Final = 8.0
ANSWER_TOKENS: Final = 4096
# The API refuses a deadline under 10 s (github.com/googleapis/python-genai/issues/1330), which the
# SDK would send: it is told another one, and the whole call is cut by ANSWER_S here.
_DEADLINE: Final = {"X-Server-Timeout": "10"}


class Answer(NamedTuple, Generic[T]):
    """What was said, by which version of the model, for how many tokens."""

    said: T
    model: str
    tokens_in: int
    tokens_out: int


class Gemini:
    """One model behind one key; `base_url` is "" for Google's own."""

    def __init__(self, key: str, model: str, base_url: str = "") -> None:
        self._key = key
        self._model = model
        self._base_url = base_url
        self._client: Client | None = None

    async def ask(self, photo: bytes, question: Question[T]) -> Answer[T]:
        """The model's answer about a JPEG, decoded by its type.

        Raises Unavailable when another try may do better (limits, outages, no answer in ANSWER_S),
        Refused for the photo, the key, or an answer that is not of the type.
        """
        if self._client is None:
            self._client = await asyncio.to_thread(self._open)
        try:
            async with asyncio.timeout(ANSWER_S):
                said = await self._generate(self._client, photo, question)
        except TimeoutError as error:
            raise Unavailable("timeout") from error
        return _answer(said, question)

    def _open(self) -> "Client":
        from google.genai import Client, types

        options = types.HttpOptions(
            base_url=self._base_url or None, timeout=int(ANSWER_S * 1000), headers=dict(_DEADLINE)
        )
        return Client(api_key=self._key, http_options=options)

    async def _generate(
        self, client: "Client", photo: bytes, question: Question[T]
    ) -> "GenerateContentResponse":
        import httpx2
        from google.genai import errors, types

        config = types.GenerateContentConfig(
            response_mime_type="application/json",
            response_json_schema=question.schema(),
            max_output_tokens=ANSWER_TOKENS,
        )
        image = types.Part.from_bytes(data=photo, mime_type="image/jpeg")
        contents: Any = [image, question.words]
        try:
            return await client.aio.models.generate_content(
                model=self._model, contents=contents, config=config
            )
        except errors.APIError as error:
            _raise(error.code, error.details, error)
        except httpx2.HTTPError as error:  # the SDK lets these through
            raise Unavailable(f"network-{type(error).__name__}") from error
        except ValueError as error:  # a page of HTML where JSON should be
            raise Unavailable("html-200") from error


def _raise(status: int, body: Any, error: Exception) -> NoReturn:
    """One of the two errors, from the status alone: messages are for people."""
    if status in (408, 429) or status >= 500:
        raise Unavailable(f"http-{status}", _retry_after_s(body)) from error
    is_key = any(detail.reason == "API_KEY_INVALID" for detail in _details(body))
    raise Refused("http-401" if is_key else f"http-{status}") from error  # it says 400 for that


class _Detail(msgspec.Struct, frozen=True):
    reason: str = ""
    retry_delay: str = msgspec.field(default="", name="retryDelay")


class _Error(msgspec.Struct, frozen=True):
    details: tuple[_Detail, ...] = ()


class _Body(msgspec.Struct, frozen=True):
    error: _Error = _Error()


def _details(body: Any) -> tuple[_Detail, ...]:
    try:
        return msgspec.convert(body, _Body).error.details
    except msgspec.ValidationError:
        return ()


def _retry_after_s(body: Any) -> float | None:
    """The delay of a google.rpc.RetryInfo, such as "23s" or "1.5s"."""
    delays = [each.retry_delay.removesuffix("s") for each in _details(body)]
    wanted = [float(delay) for delay in delays if delay.replace(".", "", 1).isdigit()]
    return max(wanted, default=None)


def _answer(response: "GenerateContentResponse", question: Question[T]) -> Answer[T]:
    """The typed answer of a 200, which may still be none."""
    if response.prompt_feedback is not None and response.prompt_feedback.block_reason:
        raise Refused("blocked")
    if not response.candidates:
        raise Refused("no-candidates")
    reason = response.candidates[0].finish_reason
    if reason is not None and reason.value != "STOP":
        raise Refused(f"finished-{reason.value.lower()}"[:40])
    used = response.usage_metadata
    return Answer(
        _decoded(response.text or "", question),
        response.model_version or "",
        (used and used.prompt_token_count) or 0,
        ((used and used.candidates_token_count) or 0) + ((used and used.thoughts_token_count) or 0),
    )


def _decoded(text: str, question: Question[T]) -> T:
    """The type's own decoding decides, never the SDK's unchecked `parsed`; fences are a habit."""
    plain = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        return msgspec.json.decode(plain, type=question.answer)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Refused("not-the-schema") from error
