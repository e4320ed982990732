"""Little servers that an alert may reach: a webhook's, and one that takes mail."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Inbox:
    """What arrived; webhooks are answered with `status`, recipients of mail refused if so asked."""

    def __init__(self, *, refuses_recipients: bool = False) -> None:
        self.status = 204
        self.refuses_recipients = refuses_recipients
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.mails: list[str] = []

    def of(self, path: str) -> list[dict[str, Any]]:
        """The bodies that came to a path."""
        return [body for where, body in self.posts if where == path]


@contextmanager
def webhooks(inbox: Inbox) -> Iterator[str]:
    """Listens for POSTs; gives the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if inbox.status < 300:
                inbox.posts.append((self.path, json.loads(body)))
            self.send_response(inbox.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def mail_server(inbox: Inbox) -> Iterator[int]:
    """Takes mail without TLS or a password (RFC 5321, as little as smtplib needs); gives the
    port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    taken = iter(self.rfile.readline, b".\r\n")
                    inbox.mails.append(b"".join(taken).decode())
                if word == b"RCPT" and inbox.refuses_recipients:
                    self.wfile.write(b"550 nobody of that name\r\n")
                    continue
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
