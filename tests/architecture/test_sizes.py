"""No file and no function grows beyond what can be read in one go."""

from __future__ import annotations

from tests.architecture import sources

LONGEST_FILE, LONG_FILE = 400, 200
LONGEST_FUNCTION, LONG_FUNCTION = 60, 25


def test_no_file_is_longer_than_400_lines() -> None:
    everything = [*sources.modules(), *sources.tests()]
    lengths = {str(path): sources.length_of(path) for path in everything}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_nine_files_in_ten_have_at_most_200_lines() -> None:
    assert sources.ninetieth([sources.length_of(path) for path in sources.modules()]) <= LONG_FILE


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{path}:{function.name}": sources.lines_of(function)
        for trees in (sources.modules(), sources.tests())
        for path, tree in trees.items()
        for function in sources.functions(tree)
        if sources.lines_of(function) > LONGEST_FUNCTION
    }
    assert long == {}


def test_nine_functions_in_ten_have_at_most_25_lines() -> None:
    lengths = [
        sources.lines_of(function)
        for tree in sources.modules().values()
        for function in sources.functions(tree)
    ]
    assert sources.ninetieth(lengths) <= LONG_FUNCTION


def test_a_function_is_measured_from_its_first_line_to_its_last() -> None:
    tree = sources.ast.parse('def two():\n    """Doc."""\n    return 1\n')
    assert [sources.lines_of(function) for function in sources.functions(tree)] == [3]
