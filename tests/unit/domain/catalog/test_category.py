"""Categories: paths, cycles, limits and slugs."""

from __future__ import annotations

import pytest

from app.domain.catalog.category import (
    Category,
    CategoryCreated,
    CategoryCycle,
    CategoryUpdated,
    clean_names,
    distinct_slug,
    path_key,
    proposed_slug,
)
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import CategoryId

ONE = CategoryId(int=1)


def category(number: int, name: str, parent: Category | None = None) -> Category:
    made = Category.create(CategoryId(int=number), name=name, slug=f"slug-{number}", parent=parent)
    assert [type(event) for event in made.take_events()] == [CategoryCreated]
    return made


class TestPath:
    def test_holds_the_names_from_the_root(self) -> None:
        tools = category(2, "Hand  tools", category(1, " Men "))

        assert tools.path == "Men > Hand tools"
        assert tools.path_key == "men\x1fhand tools"
        assert tools.depth == 1
        assert tools.names == ("Men", "Hand tools")

    def test_ignores_case_and_spacing_but_not_accents(self) -> None:
        assert path_key(["MEN", "hand   tools"]) == path_key([" men", "Hand Tools"])
        assert path_key(["Pâtes"]) != path_key(["Pâtés"])
        assert path_key(["Caf\u00e9"]) == path_key(["Cafe\u0301"])

    def test_a_branch_stands_together_when_sorted(self) -> None:
        keys = [path_key(names) for names in (["A B"], ["A", "Z"], ["A-"], ["A"], ["A", "B"])]

        assert sorted(keys) == ["a", "a\x1fb", "a\x1fz", "a b", "a-"]

    @pytest.mark.parametrize("name", ["", " ", "A > B", "a\nb", "x" * 121])
    def test_refuses_a_bad_name(self, name: str) -> None:
        with pytest.raises(InvalidValue) as refused:
            category(1, name)

        assert refused.value.errors[0].pointer == "/name"

    def test_has_ten_levels_at_most(self) -> None:
        assert len(clean_names([str(level) for level in range(10)])) == 10
        with pytest.raises(InvalidValue) as refused:
            clean_names([str(level) for level in range(11)])
        assert refused.value.errors[0].code == "too_deep"

    def test_has_500_characters_at_most(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            clean_names(["x" * 120] * 5)
        assert refused.value.errors[0].code == "too_long"


class TestChange:
    def test_a_move_changes_path_and_depth(self) -> None:
        men, women = category(1, "Men"), category(2, "Women")
        tools = category(3, "Tools", men)

        changes = tools.change({"parent_id": women.id}, parent=women)

        assert changes == {"parent_id": (men.id, women.id)}
        assert tools.path == "Women > Tools"
        assert [type(event) for event in tools.take_events()] == [CategoryUpdated]

    def test_nothing_given_changes_nothing(self) -> None:
        men = category(1, "Men")

        assert men.change({"name": "Men"}, parent=None) == {}
        assert men.take_events() == []

    @pytest.mark.parametrize("target", ["itself", "child", "grandchild"])
    def test_a_cycle_is_refused(self, target: str) -> None:
        top = category(1, "A")
        child = category(2, "B", top)
        below = {"itself": top, "child": child, "grandchild": category(3, "C", child)}

        with pytest.raises(CategoryCycle):
            top.change({}, parent=below[target])

        assert top.path == "A"

    def test_a_like_named_neighbour_is_no_cycle(self) -> None:
        category(1, "A").change({}, parent=category(2, "A B"))

    def test_a_branch_must_fit_below_its_new_place(self) -> None:
        head = category(1, "A")
        head.check_room(levels=9, key_length=499)
        with pytest.raises(InvalidValue):
            head.check_room(levels=10, key_length=0)
        with pytest.raises(InvalidValue):
            head.check_room(levels=1, key_length=500)


class TestSlug:
    @pytest.mark.parametrize(
        ("names", "slug"),
        [
            (("Men", "Hand tools"), "men-hand-tools"),
            (("Café & Crème_brûlée",), "cafe-creme-brulee"),
            (("衣類",), "衣類"),
            (("★",), str(ONE).lower()),
            (("x" * 119, "yy"), "x" * 119),
        ],
    )
    def test_is_proposed_from_the_path(self, names: tuple[str, ...], slug: str) -> None:
        assert proposed_slug(names, ONE) == slug

    def test_gets_the_identifier_behind_it_when_taken(self) -> None:
        assert distinct_slug("tools", ONE) == "tools-00000000000000000000000001"
        assert len(distinct_slug("x" * 120, ONE)) == 120

    @pytest.mark.parametrize("slug", ["", "Tools", "a--b", "-a", "a b", "a_b"])
    def test_given_by_hand_must_be_in_form(self, slug: str) -> None:
        with pytest.raises(InvalidValue) as refused:
            Category.create(ONE, name="A", slug=slug)

        assert refused.value.errors[0].pointer == "/slug"
