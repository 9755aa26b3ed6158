"""The web pages: reading, searching, coding. Server-rendered, one stylesheet, a little script of ours, nothing from elsewhere.

A page asks a function of the workflow and renders what comes back; nothing here knows the store.
"""

from framewire.web.access import Access, choose_access
from framewire.web.app import build_app
from framewire.web.server import Listening, open_socket, run_server

__all__ = ["Access", "Listening", "build_app", "choose_access", "open_socket", "run_server"]
