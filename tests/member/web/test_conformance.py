"""The member's API keeps to its description, whatever is asked of it within that."""

from pathlib import Path

from federation.web.app import document_of
from member.web.face import MEMBER_FACE
from tests.support.conformance import check_api
from tests.support.hamlet import settle_in
from tests.support.tab import come_back, lively_town, open_tab

EXAMPLES = 8
"""Of each operation; there are some forty, and what signs writes to the disk."""


def test_whatever_its_description_allows_is_answered_without_an_error(tmp_path: Path) -> None:
    town = lively_town()
    home = come_back(settle_in(tmp_path / "anna", town, "anna"))
    with open_tab(home, "anna", lambda: town.now) as page:
        seen = check_api(page.url, document_of(MEMBER_FACE), page.token, EXAMPLES)
    assert 200 in seen["GET /api/v1/account"]
    assert 400 in seen["POST /api/v1/pay"]
