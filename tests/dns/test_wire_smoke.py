from coordination.feed import Position
from dns_server.answer import answer
from dns_server.client import build_query, parse_response
from dns_server.entry import DANGLING, pack_tree
from dns_server.names import to_wire
from dns_server.snapshot import nothing
from dns_server.wire import compose, make_zone, parse_query, room
import timeit

def test_smoke():
    z = make_zone("Example.com", ("localhost",), 900, 300)
    s = nothing((z,)).changed({to_wire("api.eu.example.com"): pack_tree(b"A 60 10.0.0.1=1,10.0.0.2=3|AAAA 60 fd00::1=1"), to_wire("d.example.com"): DANGLING}, Position(1, 5))
    def ask(name, t):
        q = parse_query(build_query(5, name, t))
        return parse_response(compose(q, answer(q.question, s, 0), room(q, False)))
    for n, t in (("Api.EU.example.com", 1), ("api.eu.example.com", 28), ("api.eu.example.com", 16), ("eu.example.com", 1), ("x.example.com", 1), ("d.example.com", 1), ("example.com", 6), ("example.com", 2), ("x.org", 1), ("api.eu.example.com", 255)):
        print(ask(n, t))
    p = build_query(5, "api.eu.example.com", 1)
    def go():
        q = parse_query(p)
        return compose(q, answer(q.question, s, 12345678901234), room(q, False))
    print(timeit.timeit(go, number=20000) / 20000 * 1e6, "us")
