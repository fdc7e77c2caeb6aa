"""Coming in: showing one's card, scanning others', joining, and asking to be paid by a card."""

from member.web.onboard import cards, phone, requests, scan

ROUTES = (cards.routes, scan.routes, requests.routes, phone.routes)
"""The pages, for a home with a community and for one without."""
