"""Which addresses are watched after which answers; one answer a minute, unless told otherwise."""

from __future__ import annotations

from ocsp_staple_exporter.watchlist import Known
from ocsp_staple_exporter.watchlist.addresses import GONE_REMEMBERED, MOST_ADDRESSES, MOST_PATIENCE, PATIENCE

A, B, C = "192.0.2.1", "192.0.2.2", "2001:db8::1"
MINUTE = 60.0


def after(*answers: str, every: float = MINUTE, known: Known | None = None, begin: float = 0.0) -> Known:
    """Each answer is addresses with spaces between them; `!` is a look-up that failed."""
    known = known or Known()
    for number, answer in enumerate(answers):
        if answer == "!":
            known = known.after_failure("no answer")
        else:
            known = known.after_answer(set(answer.split()), begin + number * every)
    return known


def test_before_the_first_look_up_nothing_is_known_and_nothing_wrong() -> None:
    assert (Known().addresses, Known().unresolved) == ((), False)


def test_new_addresses_are_watched_at_once_and_in_order() -> None:
    assert after(f"{B} {A}").addresses == (A, B)
    assert after(A, f"{C} {A}").addresses == (A, C)


def test_an_address_that_answers_leave_out_is_watched_for_five_minutes_more() -> None:
    assert after(f"{A} {B}", A, A, A, A).addresses == (A, B)
    assert after(f"{A} {B}", A, A, A, A, A).addresses == (A,)


def test_few_answers_prove_nothing_however_long_they_take() -> None:
    hour = 60 * MINUTE
    assert after(f"{A} {B}", A, A, every=hour).addresses == (A, B)
    assert after(f"{A} {B}", A, A, A, every=hour).addresses == (A,)


def test_an_answer_with_the_address_begins_the_count_anew() -> None:
    assert after(f"{A} {B}", A, A, A, A, f"{A} {B}", A, A, A, A).addresses == (A, B)


def test_failures_say_nothing_about_single_addresses() -> None:
    assert after(f"{A} {B}", *"!" * 60).addresses == (A, B)
    assert after(f"{A} {B}", *"!" * 60, A, A).addresses == (A, B)


def test_a_resolver_that_rotates_makes_nothing_flap() -> None:
    known = after(f"{A} {B}")
    for number in range(200):
        known = after((A, B, f"{A} {B}")[number % 3], known=known, begin=number * MINUTE)
        assert known.addresses == (A, B)


def test_all_addresses_may_be_others_in_the_end() -> None:
    assert after(A, *[B] * 5).addresses == (B,)


def test_an_address_that_comes_back_was_let_go_too_early_so_patience_doubles() -> None:
    known = after(f"{A} {B}", *[A] * 5)
    assert (known.addresses, known.patience) == ((A,), PATIENCE)
    known = after(f"{A} {B}", *[A] * 9, known=known, begin=6 * MINUTE)
    assert (known.addresses, known.patience) == ((A, B), 2 * PATIENCE)
    assert after(A, known=known, begin=16 * MINUTE).addresses == (A,)


def test_patience_has_an_end() -> None:
    known, now = Known(), 0.0
    for _ in range(20):
        known = after(f"{A} {B}", A, A, A, every=MOST_PATIENCE, known=known, begin=now)
        assert known.addresses == (A,)
        now += 4 * MOST_PATIENCE
    assert known.patience == MOST_PATIENCE


def test_an_address_that_comes_back_days_later_is_a_new_one() -> None:
    known = after(f"{A} {B}", *[A] * 5)
    later = GONE_REMEMBERED + 60 * MINUTE
    known = after(A, f"{A} {B}", known=known, begin=later)
    assert (known.addresses, known.patience) == ((A, B), PATIENCE)


def test_too_many_addresses_are_left_out_and_counted_and_those_that_are_watched_stay() -> None:
    many = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(MOST_ADDRESSES + 7)]
    known = after(f"{many[-1]}", " ".join(many))
    assert len(known.addresses) == MOST_ADDRESSES
    assert many[-1] in known.addresses
    assert known.left_out == 7
    assert after(" ".join(many[:3]), known=known, begin=2 * MINUTE).left_out == 0


def test_what_is_remembered_is_bounded_even_where_every_answer_is_another() -> None:
    known = Known()
    for number in range(1000):
        known = after(f"10.0.{number >> 8}.{number & 255}", known=known, begin=number * MINUTE)
        assert len(known.sightings) <= MOST_ADDRESSES
    assert len(known.gone) <= 4 * MOST_ADDRESSES


def test_a_name_that_never_resolved_is_unresolved_with_its_first_failure() -> None:
    assert (after("!").unresolved, after("!").failure) == (True, "no answer")
    assert not after("!", A).unresolved


def test_a_name_that_did_resolve_is_unresolved_after_several_failures() -> None:
    assert not after(A, "!", "!").unresolved
    assert after(A, "!", "!", "!").unresolved
    assert not after(A, "!", "!", "!", A).unresolved
    assert not after(A, "!", "!", A, "!", "!").unresolved
