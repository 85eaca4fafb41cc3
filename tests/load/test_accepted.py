from pathlib import Path

import pytest

from locustfiles.load.accepted import Accepted, Book, read_book, unpack

ONE = Accepted("a", "2026-11-28T12:00:00.000000Z", "Reader", True, 2, "key, with a comma")


def test_it_reads_back_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "run" / "accepted.csv"
    book = Book()
    book.open(path)
    book.add(ONE)

    # Before the book is closed: a run that is cut off can be verified.
    assert list(read_book(path)) == [ONE]
    book.close()
    path.write_text(f"{path.read_text()}b,2026-")
    assert list(read_book(path)) == [ONE]


def test_it_hands_over_once_what_another_process_writes() -> None:
    book = Book()
    book.add(ONE)

    assert list(unpack([list(each) for each in book.take()])) == [ONE]
    assert book.take() == []


def test_it_refuses_another_file(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("one,two\n")

    with pytest.raises(ValueError, match="no list of accepted events"):
        list(read_book(path))
