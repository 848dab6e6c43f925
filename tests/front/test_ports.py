"""Ports are free, different, outside the ephemeral range, and a taken one is one line."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from namelatch.backends.ports import free_ports, require_free
from namelatch.trouble import BadEnvironment


def test_ports_are_different_and_can_be_bound() -> None:
    ports = free_ports(8)
    assert len(set(ports)) == 8
    for port in ports:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_ports_are_where_no_client_gets_its_own_from() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(20_000 <= port < lowest or lowest <= 20_200 for port in free_ports(4))


def test_two_processes_are_given_different_ports_though_nobody_listens_yet() -> None:
    mine = set(free_ports(250))
    script = "from namelatch.backends.ports import free_ports; print(*free_ports(250))"
    theirs = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    assert len(theirs) == 250
    assert not mine & set(map(int, theirs))  # by chance alone some five of 12,768 would be the same


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_taken_by_tcp_or_udp_is_one_line(kind: socket.SocketKind) -> None:
    (port,) = free_ports(1)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(BadEnvironment) as caught:
            require_free("127.0.0.1", port, "dns.port")
    assert str(caught.value) == f"dns.port: port {port} on 127.0.0.1 is taken"
    require_free("127.0.0.1", port, "dns.port")


def test_an_address_that_is_not_ours_is_one_line() -> None:
    with pytest.raises(BadEnvironment, match="can't be used"):
        require_free("192.0.2.1", 5353, "dns.port")
