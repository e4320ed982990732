"""The envelopes of TR-069 (CWMP 1.2, SOAP 1.1): written as text, read by local names."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple
from xml.etree import ElementTree

_SPACES: Final = (
    'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:cwmp="urn:dslforum-org:cwmp-1-2"'
)


class Asked(NamedTuple):
    """A call of the ACS: its number, its method, and the arguments below `body`."""

    number: str
    method: str
    body: ElementTree.Element

    def texts(self, name: str) -> list[str]:
        """Every text of this name, in order."""
        return [each.text or "" for each in self.body.iter() if _local(each) == name]


def read(content: bytes) -> Asked:
    """The call in an envelope."""
    # From the ACS that the operator named, not from anybody.
    envelope = ElementTree.fromstring(content)  # noqa: S314
    numbers = [each.text or "" for each in envelope.iter() if _local(each) == "ID"]
    [body] = [each for each in envelope if _local(each) == "Body"]
    return Asked(numbers[0] if numbers else "", _local(body[0]), body[0])


def text(name: str, value: str) -> str:
    """An element that holds a text."""
    return f"<{name}>{escape(value, quote=False)}</{name}>"


def node(name: str, *parts: str) -> str:
    """An element that holds others."""
    return f"<{name}>{''.join(parts)}</{name}>"


def array(name: str, kind: str, items: Sequence[str]) -> str:
    """An array of SOAP's encoding."""
    return f'<{name} enc:arrayType="{kind}[{len(items)}]">{"".join(items)}</{name}>'


def value(path: str, told: str, kind: str) -> str:
    """A ParameterValueStruct."""
    typed = f'<Value xsi:type="{kind}">{escape(told, quote=False)}</Value>'
    return node("ParameterValueStruct", text("Name", path), typed)


def fault(code: int, words: str, refused: Sequence[tuple[str, int, str]] = ()) -> str:
    """A fault; `refused` are the parameters that a write was refused for."""
    each = [
        node("SetParameterValuesFault", text("ParameterName", path), *_coded(of, why))
        for path, of, why in refused
    ]
    inner = node("cwmp:Fault", *_coded(code, words), *each)
    head = text("faultcode", "Client") + text("faultstring", "CWMP fault")
    return node("soap:Fault", head, node("detail", inner))


def envelope(number: str, body: str) -> str:
    """A whole message."""
    head = f'<cwmp:ID soap:mustUnderstand="1">{escape(number)}</cwmp:ID>'
    parts = node("soap:Header", head) + node("soap:Body", body)
    return f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope {_SPACES}>{parts}</soap:Envelope>'


def _coded(code: int, words: str) -> tuple[str, str]:
    return text("FaultCode", str(code)), text("FaultString", words)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
