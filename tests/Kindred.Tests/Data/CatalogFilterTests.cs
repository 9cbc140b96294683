using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Tests.Data;

public sealed class CatalogFilterTests
{
    /// <summary>r0: Comedy, Drama, 1990; r1: Horror, 1995.5; r2: no labels, year unknown; r3: Drama, 2001; r4: Sci|Fi, −3.</summary>
    private static readonly Catalog Films = Catalog.Empty(5) with
    {
        Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(["a", "b", "c", "d", "e"])) },
        Labels = new Dictionary<string, LabelColumn> { ["genres"] = LabelColumn.From([["Comedy", "Drama"], ["Horror"], [], ["Drama"], ["Sci|Fi"]]) },
        Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new[] { 1990, 1995.5f, float.NaN, 2001, -3 }) },
    };

    private static int[] RowsOf(BitSet? set) => [.. Enumerable.Range(0, 5).Where(row => set is null || set.Contains(row))];

    private static int[] RowsOf(string text) => RowsOf(CatalogFilter.Parse(text, Films).RowsOf(Films));

    [Theory]
    [InlineData("genres=Comedy", 0)]
    [InlineData("genres = Horror | Comedy", 0, 1)]
    [InlineData("genres=Drama", 0, 3)]
    [InlineData("genres!=Drama", 1, 2, 4)] // what has no label has not this one
    [InlineData("genres!=Drama|Horror", 2, 4)]
    [InlineData("genres=Sci|Fi", 4)] // a label that holds what separates labels
    [InlineData("year>=1990", 0, 1, 3)]
    [InlineData("year>1990", 1, 3)]
    [InlineData("year<=1990", 0, 4)]
    [InlineData("year<1990", 4)]
    [InlineData("year=1995.5", 1)]
    [InlineData("year=-3|2001", 3, 4)]
    [InlineData("year=1990..1999", 0, 1)]
    [InlineData("year=1991..", 1, 3)]
    [InlineData("year=..-3", 4)]
    [InlineData("year!=1990..1999", 2, 3, 4)] // an unknown year is not in the range
    [InlineData("year=..0|2000..", 3, 4)]
    public void A_condition_keeps_the_rows_that_meet_it(string text, params int[] rows) => Assert.Equal(rows, RowsOf(text));

    [Theory]
    [InlineData("genre=Drama", "There is no attribute 'genre' to filter by; there are genres (labels), year (number).")]
    [InlineData("title=a", "There is no attribute 'title' to filter by; there are genres (labels), year (number).")]
    [InlineData("genres=drama", "genres has no label 'drama'; there are Comedy, Drama, Horror, Sci|Fi.")]
    [InlineData("genres=Drama|", "genres has no label ''; there are Comedy, Drama, Horror, Sci|Fi.")]
    [InlineData("genres>=Drama", "'genres>=Drama' cannot be asked: genres has labels, which have no order; write genres=label or genres!=label.")]
    [InlineData("year>=new", "'new' in 'year>=new' is not a number; write such as year>=1990 or year=1990..1999.")]
    [InlineData("year=NaN", "'NaN' in 'year=NaN' is not a number; write such as year>=1990 or year=1990..1999.")]
    [InlineData("year=..", "'year=..' has a range without ends; write from..to, from.. or ..to.")]
    [InlineData("year=1999..1990", "'year=1999..1990' has a range that ends before it begins; write the smaller number first.")]
    [InlineData("year", "'year' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    [InlineData("=3", "'=3' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    [InlineData("year=", "'year=' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    [InlineData("", "'' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    public void What_cannot_be_asked_is_said_in_a_sentence(string text, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => CatalogFilter.Parse(text, Films)).Message);

    [Fact]
    public void Many_labels_are_not_all_listed()
    {
        var labels = LabelColumn.From([.. Enumerable.Range(0, 25).Select(n => (string?)$"l{n}")]);
        var catalog = Catalog.Empty(25) with { Labels = new Dictionary<string, LabelColumn> { ["tag"] = labels } };
        Assert.EndsWith("l18, l19 and 5 more.", Assert.Throws<InputException>(() => CatalogFilter.Parse("tag=x", catalog)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_without_attributes_says_so() => Assert.Equal(
        "There is no attribute 'year' to filter by; nothing but titles and texts is known of the items.",
        Assert.Throws<InputException>(() => CatalogFilter.Parse("year>3", Catalog.Empty(2))).Message);

    [Fact]
    public void All_conditions_must_be_met_and_rows_allowed_and_not_denied()
    {
        var filters = new FilterCache(Films);
        Assert.Null(filters.Of([]));
        Assert.Equal([0], RowsOf(filters.Of(["genres=Drama", "year<2000"])));
        Assert.Equal([1, 4], RowsOf(filters.Of(["genres!=Drama"], deny: [2])));
        Assert.Equal([4], RowsOf(filters.Of(["genres!=Drama"], deny: [2], allow: [4, 2, 3])));
        Assert.Equal([0, 1, 2, 4], RowsOf(filters.Of([], deny: [3])));
        Assert.Equal([], RowsOf(filters.Of([], allow: [])));
    }

    [Fact]
    public void A_condition_is_looked_up_once_and_no_more_are_kept_than_there_is_room_for()
    {
        var filters = new FilterCache(Films, capacity: 3);
        Assert.Same(filters.Of(["year>1"]), filters.Of(["year>1"]));
        for (int year = 0; year < 100; year++)
        {
            Assert.Equal([0, 1, 3], RowsOf(filters.Of([$"year>{year}"])));
            Assert.InRange(filters.Count, 1, 3);
        }
    }
}
