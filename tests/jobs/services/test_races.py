"""Workers that claim at the same moment; SQLite has no two writers to race."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from jobs.models import Item
from jobs.services import leases
from tests.jobs.rows import make_items

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="needs PostgreSQL: TEXTURESTUDY_DATABASE_URL"
    ),
]


def test_a_claim_passes_by_what_another_is_just_claiming():
    first, second = make_items(2)

    def claim() -> list[int]:
        try:
            return leases.claim(limit=1)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert leases.claim(limit=1)[1] == [first.pk]  # and its transaction is still open
        assert pool.submit(claim).result(timeout=10) == [second.pk]


def test_of_many_claims_at_once_no_row_goes_to_two():
    make_items(12)
    start = threading.Barrier(4)

    def claim_all() -> list[int]:
        try:
            found: list[int] = []
            start.wait(10)
            while ids := leases.claim(limit=2)[1]:
                found += ids
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [
            pk for future in [pool.submit(claim_all) for _ in range(4)] for pk in future.result(30)
        ]
    assert len(claimed) == len(set(claimed)) > 0
    rows = Item.objects.filter(pk__in=claimed)
    assert set(rows.values_list("state", "fence", "attempts")) == {("leased", 1, 1)}
    # Whoever found everything locked came back empty-handed; nothing is left for the next look.
    while leases.claim(limit=2)[1]:
        pass
    assert set(Item.objects.values_list("fence", flat=True)) == {1}


def test_of_two_sweeps_at_once_one_gives_back():
    make_items(1)
    leases.claim(limit=1)
    Item.objects.update(owner="elsewhere 1 1.00", lease_until="2000-01-01T00:00Z")
    start = threading.Barrier(2)

    def sweep() -> int:
        try:
            start.wait(10)
            return leases.sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(sweep) for _ in range(2)]:
            future.result(10)
    row = Item.objects.get()
    assert (row.state, row.fence, row.attempts) == ("queued", 1, 1)
