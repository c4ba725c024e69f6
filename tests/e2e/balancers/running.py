"""Start three socket.io nodes and a balancer from `fixtures/balancers`, on free ports.

The configurations are what a user would copy: the balancer listens on port 3000, the nodes on 3001 to 3003. Here
these four are filled in. A machine without haproxy or nginx fails these tests instead of skipping them.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import trustme
from targets import FIXTURES, HOST, NODE, free_port, install_node_packages

from eiospec.fixtures.balancer import MODES, BackgroundBalancer, Node
from eiospec.target.serve import serve

CONFIGURATIONS = FIXTURES / "balancers"
NAMES = ("app01", "app02", "app03")
PACKAGES = {"haproxy": "haproxy", "nginx": "nginx-light"}
LISTEN, FIRST = 3000, 3001  # the ports in the configurations

# What Debian's /etc/nginx/nginx.conf is to a file in sites-enabled, for a user without any privilege.
NGINX = """
daemon off;
worker_processes 1;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


def program(name: str) -> str:
    """Return the path of a program; raise RuntimeError with what to install."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(
            f"{name} is not installed: apt-get install {PACKAGES[name]} (or `.ci/run`, which does)"
        )
    return found


@contextmanager
def started_nodes(names: Sequence[str] = NAMES) -> Iterator[list[Node]]:
    """Start nodes that run `clustered.js`."""
    install_node_packages()
    with ExitStack() as stack:
        nodes = [Node(name, HOST, free_port()) for name in names]
        for node in nodes:
            environment = {"PORT": str(node.port), "NODE": node.name}
            command = shlex.join(["node", str(NODE / "clustered.js")])
            stack.enter_context(serve(command, HOST, node.port, env=environment))
        yield nodes


@contextmanager
def started_sticky(**environment: str) -> Iterator[int]:
    """Start `sticky.js`, whose nodes are its workers; yield its port."""
    install_node_packages()
    port = free_port()
    command = shlex.join(["node", str(NODE / "sticky.js")])
    with serve(command, HOST, port, env={**environment, "PORT": str(port)}):
        yield port


@contextmanager
def started_balancer(name: str, nodes: Sequence[Node], folder: Path) -> Iterator[int]:
    """Start a balancer and yield its port: a file of `balancers`, as "haproxy/insert", or "own/alb", a mode of our own."""
    kind, _, mode = name.partition("/")
    if kind == "own":
        with BackgroundBalancer(MODES[mode](nodes)) as balancer:
            yield balancer.port
        return
    port = free_port()
    command = {"haproxy": prepare_haproxy, "nginx": prepare_nginx}[kind](mode, filled(port, nodes), folder)
    with serve(shlex.join(command), HOST, port, cwd=folder):
        yield port


def filled(port: int, nodes: Sequence[Node]) -> Mapping[str, str]:
    """Return the real address for each address in the configurations."""
    ports = {LISTEN: port, **{FIRST + number: node.port for number, node in enumerate(nodes)}}
    return {f"{HOST}:{written}": f"{HOST}:{real}" for written, real in ports.items()}


def configuration(file: str, addresses: Mapping[str, str]) -> str:
    """Return the text of a configuration with real addresses."""
    text = (CONFIGURATIONS / file).read_text("utf-8")
    for written, real in addresses.items():
        text = text.replace(written, real)
    return text


def prepare_haproxy(mode: str, addresses: Mapping[str, str], folder: Path) -> list[str]:
    """Write the configuration and return the command."""
    (folder / "haproxy.cfg").write_text(configuration(f"haproxy/{mode}.cfg", addresses), "utf-8")
    if mode == "tls":
        trustme.CA().issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "certificate.pem")
    return [program("haproxy"), "-db", "-f", "haproxy.cfg"]


def prepare_nginx(mode: str, addresses: Mapping[str, str], folder: Path) -> list[str]:
    """Write the configuration and return the command."""
    (folder / "nginx.conf").write_text(NGINX, "utf-8")
    (folder / "site.conf").write_text(configuration(f"nginx/{mode}.conf", addresses), "utf-8")
    return [program("nginx"), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
