# An FTP server of pyftpdlib on loopback: port, first and last port of data connections, folder, user, file of the secret,
# certificate with key. TLS is offered, not required; anonymous may read.
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

port, first, last, folder, user, secret, certificate = sys.argv[1:]
authorizer = DummyAuthorizer()
with open(secret, encoding="ascii") as file:
    authorizer.add_user(user, file.read(), folder, perm="elradfmwMT")
authorizer.add_anonymous(folder)


class Handler(TLS_FTPHandler):
    pass


Handler.authorizer = authorizer
Handler.certfile = certificate
Handler.passive_ports = range(int(first), int(last) + 1)
Handler.use_gmt_times = True
Handler.auth_failed_timeout = 0
FTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
