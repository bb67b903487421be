"""Visits to websites on loopback: honest ones, broken ones, and those that would lead us into our own network."""

import gzip
import time
from itertools import pairwise
from typing import Any

import pytest

from enrichment.providers.legal_notice import LegalNotice
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Outcome, Question, Reason, Unavailable
from enrichment.websites import visiting
from tests.enrichment.websites.sites import Web, Writer, dripping, page, raw, redirect

HOME = page('<a href="/mentions-legales">Mentions légales</a>')
NOTICE = page(
    "<h1>Mentions légales</h1><p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>",
    "<p>Hébergeur : OVH SAS, RCS Lille 424 761 419</p>",
)
DOMAIN = "solvane.example"


def ask(domain: str = DOMAIN) -> Outcome:
    return LegalNotice().ask(Question(domain=domain))


def test_an_honest_site_names_its_publisher(web: Web) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE, "/robots.txt": "User-agent: *\nDisallow: /admin"})

    outcome = ask("mail.solvane.example")

    assert isinstance(outcome, Found)
    assert (outcome.record.siren, outcome.score, outcome.others) == ("732829320", 0.95, ())
    assert outcome.site is not None
    mention = outcome.site.mentions[0]
    assert mention.url == f"http://{DOMAIN}/mentions-legales"
    assert "Solvane SAS, RCS Nantes 732 829 320" in mention.quote
    assert web.paths() == ["/robots.txt", "/", "/mentions-legales"]
    assert {one.agent.partition("/")[0] for one in web.asked} == {"PRM"}


def test_what_a_site_said_is_kept_with_its_age(web: Web) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    first, asked = ask(), len(web.asked)
    again = ask()
    assert isinstance(first, Found)
    assert isinstance(again, Found)
    assert again.site == first.site
    assert len(web.asked) == asked


def test_without_a_link_the_usual_pages_are_looked_at(web: Web) -> None:
    web.add(DOMAIN, {"/": page("Bienvenue"), "/legal": NOTICE})
    assert isinstance(ask(), Found)
    assert web.paths() == [
        "/robots.txt", "/", "/mentions-legales", "/mentions-legales/", "/mentions-legales.html", "/legal",
    ]  # fmt: skip


def test_a_site_that_answers_under_www_alone_is_found(web: Web) -> None:
    web.add("www.solvane.example", {"/": page("<footer>Solvane SAS - RCS Nantes 732 829 320</footer>")})
    outcome = ask()
    assert isinstance(outcome, Found)
    assert outcome.score == 0.88


def test_two_likely_publishers_are_left_to_a_person(web: Web) -> None:
    both = page("<p>Éditeurs : Solvane, RCS Nantes 732 829 320, et Littoral, RCS Brest 404 833 048</p>")
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": both})
    outcome = ask()
    assert isinstance(outcome, Ambiguous)
    assert {one.siren for one in outcome.candidates} == {"732829320", "404833048"}


def test_a_site_without_a_notice_says_nothing(web: Web) -> None:
    web.add(DOMAIN, {"/": page("<p>Bonjour. Appelez le 02 40 12 34 56</p>")})
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why == "no_notice"
    asked = len(web.asked)
    assert ask() == NotFound()
    assert len(web.asked) == asked


def test_another_companys_site_is_never_sure(web: Web) -> None:
    web.add(DOMAIN, {"/": redirect("http://groupe.example/")})
    web.add("groupe.example", {"/": HOME, "/mentions-legales": NOTICE})
    outcome = ask()
    assert isinstance(outcome, Found)
    assert outcome.score < 0.85


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
        ),
        *("http://localhost/", "http://2130706433/", "http://0x7f.1/", "http://0.0.0.0/", "http://intern.example/"),
        *(
            "http://127.0.0.1:22/",
            "https://solvane.example:8443/",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "//[",
            "ftp://x",
        ),
        *("http://user:secret@solvane.example/", f"http://{'a' * 700}.example/", "http://mapped.example/"),
    ],
)
def test_no_redirect_leads_into_our_network(web: Web, location: str) -> None:
    web.names["intern.example"] = [["192.168.1.10"]]
    web.names["mapped.example"] = [["::ffff:127.0.0.1"]]
    web.add(DOMAIN, {"/": redirect(location)})
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why in {"private_site", "bad_address", "no_site"}
    assert set(web.paths()) <= {"/robots.txt", "/"}
    assert {one.host for one in web.asked} == {DOMAIN}


@pytest.mark.parametrize("addresses", [["10.0.0.5"], ["127.0.0.1", "10.0.0.5"], ["fd00:ec2::254"], ["169.254.169.254"]])
def test_a_name_that_answers_private_is_not_asked(web: Web, addresses: list[str]) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE}, *addresses)
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why == "private_site"
    assert web.asked == []


def test_a_name_that_changes_its_mind_is_looked_at_anew(web: Web) -> None:
    """The first answers are ours to visit; then the name leads inside, which no later request follows."""
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    web.names[DOMAIN] = [["127.0.0.1"]] * 3 + [["169.254.169.254"]]
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert "/mentions-legales" not in web.paths()


def test_loopback_is_private_but_for_tests(web: Web, settings: Any) -> None:
    settings.WEBSITES_LOOPBACK_PORT = 0
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why == "private_site"
    assert web.asked == []


def test_a_name_nobody_has_is_no_site(web: Web) -> None:
    outcome = ask("nobody.example")
    assert isinstance(outcome, NotFound)
    assert outcome.why == "no_site"


def test_name_servers_that_do_not_answer_are_a_failure(web: Web, settings: Any) -> None:
    settings.WEBSITES_NAMESERVER = "127.0.0.1:9"
    outcome = ask()
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.UNREACHABLE


def test_robots_that_forbid_are_obeyed(web: Web) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE, "/robots.txt": "User-agent: *\nDisallow: /"})
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why == "robots"
    assert set(web.paths()) == {"/robots.txt"}


@pytest.mark.parametrize("rules", ["User-agent: PRM\nDisallow: /mentions", "User-agent: *\nDisallow: /*legales"])
def test_robots_that_forbid_a_page_keep_us_from_that_page(web: Web, rules: str) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE, "/robots.txt": rules})
    outcome = ask()
    assert isinstance(outcome, NotFound)
    assert outcome.why == "no_notice"
    assert "/mentions-legales" not in web.paths()


def test_robots_that_cannot_be_had_keep_us_out(web: Web) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE, "/robots.txt": raw(b"", status=503, Retry_After="120")})
    outcome = ask()
    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.retry_after) == (Reason.SERVER_ERROR, 120.0)
    assert "/" not in web.paths()


def test_a_page_of_forty_megabytes_is_cut(web: Web) -> None:
    sent: list[int] = []

    def endless(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HOME.encode())
        sent.extend(handler.wfile.write(b"<p>lorem</p>" * 5461) for _piece in range(640))

    web.add(DOMAIN, {"/": endless, "/mentions-legales": NOTICE})
    assert isinstance(ask(), Found)
    # What lies in buffers between us counts as sent.
    assert sum(sent) < 20 * 1024 * 1024


def test_a_small_file_that_unpacks_to_a_large_one_is_cut(web: Web) -> None:
    bomb = gzip.compress(HOME.encode() + b"<p>lorem</p>" * 10_000_000, 9)
    assert len(bomb) < 1_000_000
    web.add(DOMAIN, {"/": raw(bomb, Content_Encoding="gzip"), "/mentions-legales": NOTICE})
    begun = time.monotonic()
    assert isinstance(ask(), Found)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("is_header", [False, True])
def test_one_that_drips_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch, is_header: bool) -> None:
    monkeypatch.setattr(visiting, "VISIT_SECONDS", 1.5)
    web.add(DOMAIN, {"/": dripping(100, 0.1, header=is_header)})
    begun = time.monotonic()
    outcome = LegalNotice().ask(Question(domain=DOMAIN))
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.TIMEOUT
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (NOTICE.encode("cp1252"), "text/html; charset=klingon"),
        (NOTICE.encode("cp1252"), "text/html; charset=punycode"),
        (NOTICE.encode("cp1252"), "text/html"),
        (NOTICE.encode(), "text/html; charset=utf-8"),
        (b"\xef\xbb\xbf" + NOTICE.encode(), "text/html; charset=iso-8859-1"),
        (NOTICE.encode("utf-16"), "text/html; charset=utf-16"),
        (NOTICE.replace("<head>", '<head><meta charset="iso-8859-15">').encode("iso-8859-15"), "text/html"),
        (NOTICE.encode() + b"\xff\xfe\x00\x80", 'text/html; charset="'),
    ],
)
def test_garbled_charsets_do_no_harm(web: Web, body: bytes, content_type: str) -> None:
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": raw(body, Content_Type=content_type)})
    outcome = ask()
    assert isinstance(outcome, Found)
    assert outcome.record.siren == "732829320"


@pytest.mark.parametrize(
    "home",
    [
        raw(b"%PDF-1.7 RCS 732 829 320", Content_Type="application/pdf"),
        raw(b"\x00\x01\x02" * 100, Content_Type="text/html"),
        raw(b"", status=204),
        raw(b"no", status=403),
        raw(b"not gzip at all", Content_Encoding="gzip"),
        redirect("/"),
        redirect("//solvane.example/"),
    ],
)
def test_what_is_no_page_says_nothing(web: Web, home: Writer) -> None:
    web.add(DOMAIN, {"/": home})
    assert isinstance(ask(), NotFound | Unavailable)


def test_a_server_in_trouble_is_asked_again_later(web: Web) -> None:
    web.add(DOMAIN, {"/": raw(b"", status=500)})
    outcome = ask()
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.SERVER_ERROR
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    assert isinstance(ask(), Found)


def test_a_host_is_asked_once_a_second(web: Web, settings: Any) -> None:
    settings.WEBSITES_PER_SECOND = 1.0
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    assert isinstance(ask(), Found)
    moments = [one.at for one in web.asked]
    assert [later - earlier > 0.95 for earlier, later in pairwise(moments)] == [True, True]


@pytest.mark.parametrize("domain", ["gmail.com", "sfr.fr", "yopmail.com", "", "localhost", "pro.orange.fr"])
def test_nobodys_domain_is_never_asked(web: Web, domain: str) -> None:
    assert ask(domain) == NotFound()


def test_it_is_off_where_the_installation_says_so(web: Web, settings: Any) -> None:
    settings.READ_WEBSITES = False
    web.add(DOMAIN, {"/": HOME, "/mentions-legales": NOTICE})
    assert ask() == NotFound()
    assert web.asked == []


@pytest.mark.parametrize(
    "when", ["soon", "-1", "Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "Fri, 31 Dec 9999 23:59:59 -2300"]
)
def test_no_answer_about_when_to_come_back_does_harm(web: Web, when: str) -> None:
    web.add(DOMAIN, {"/": raw(b"", status=429, Retry_After=when)})

    outcome = ask()

    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.QUOTA
