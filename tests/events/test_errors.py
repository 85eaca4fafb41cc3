from events import errors


def test_it_draws_each_class_in_the_tree_once() -> None:
    drawn = str(errors.__doc__).split()
    names = [name for name, each in vars(errors).items() if is_ours(each)]

    assert [name for name in names if drawn.count(name) != 1] == []


def is_ours(each: object) -> bool:
    return isinstance(each, type) and issubclass(each, errors.EventError)
