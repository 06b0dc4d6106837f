"""An FTP server on loopback: serves a folder to one user, and prints its port."""

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

root, user, password, clients = sys.argv[1:]
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, root, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
# Nobody waits for an answer to a wrong password.
FTPHandler.auth_failed_timeout = 0
server = ThreadedFTPServer(("127.0.0.1", 0), FTPHandler)
server.max_cons = int(clients)
print(server.socket.getsockname()[1], flush=True)
server.serve_forever()
