using Kindred.Data;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class AttributeColumnsTests
{
    [Fact]
    public void Numbers_are_numbers_unless_their_name_says_they_are_codes()
    {
        var catalog = Columns(("price", ["1.5", null, "-2e1"]), ("zip", ["00501", "94103", null]), ("category", ["1", "2", "1"]));
        Assert.Equal([1.5f, float.NaN, -20], catalog.Numbers["price"].Values.ToArray());
        Assert.Equal(["00501"], Labels(catalog, "zip", 0));
        Assert.Equal(["1"], Labels(catalog, "category", 2));
    }

    [Fact]
    public void A_title_is_text_even_where_it_looks_like_something_else()
    {
        var catalog = Columns(("title", ["1984", "2001", "A|B"]));
        Assert.Equal(["1984", "2001", "A|B"], Enumerable.Range(0, 3).Select(catalog.TitleOf));
        Assert.Empty(catalog.Numbers);
    }

    [Fact]
    public void The_year_is_taken_from_the_title_where_it_has_no_column()
    {
        Assert.Equal([1995f, float.NaN], Columns(("title", ["Toy Story (1995) ", null])).Numbers["year"].Values.ToArray());
        Assert.Equal([1, 2], Columns(("year", ["1", "2"]), ("title", ["A (1995)", "B (1996)"])).Numbers["year"].Values.ToArray());
        Assert.Empty(Columns(("title", ["A (1995)", "B", "C"])).Numbers);
    }

    [Fact]
    public void Lists_are_labels_without_repeats()
    {
        var catalog = Columns(
            ("genres", ["Drama|Comedy", "Comedy|Comedy| ", "(no genres listed)"]), ("also", ["[3, 1, 3]", "[]", "[\"x y\"]"]));
        Assert.Equal(["Drama", "Comedy"], Labels(catalog, "genres", 0));
        Assert.Equal(["Comedy"], Labels(catalog, "genres", 1));
        Assert.Empty(Labels(catalog, "genres", 2));
        Assert.Equal(["3", "1"], Labels(catalog, "also", 0));
        Assert.Empty(Labels(catalog, "also", 1));
        Assert.Equal(["x y"], Labels(catalog, "also", 2));
    }

    [Fact]
    public void Few_different_short_values_are_labels_and_many_are_text()
    {
        string?[] few = [.. Enumerable.Range(0, 50).Select(n => n % 2 == 0 ? "red" : "blue")];
        string?[] many = [.. Enumerable.Range(0, 50).Select(n => $"description {n}")];
        string?[] noted = [.. Enumerable.Range(0, 50).Select(n => n % 2 == 0 ? new string('x', 50) : "y")];
        var catalog = Columns(("paint", few), ("words", many), ("notes", noted));
        Assert.Equal(2, catalog.Labels["paint"].Labels.Count);
        Assert.Equal("description 7", catalog.Texts["words"].Values[7]);
        Assert.Equal("y", catalog.Texts["notes"].Values[1]);
    }

    [Fact]
    public void Dates_are_unix_seconds()
    {
        var catalog = Columns(("released", ["1970-01-02", "1970-01-01T00:01:00Z"]));
        Assert.Equal([86400f, 60], catalog.Numbers["released"].Values.ToArray());
    }

    [Fact]
    public void Columns_without_any_known_value_are_left_out() =>
        Assert.Equal(0, Columns(("a", ["NA", null, ""])) is { Texts.Count: 0, Numbers.Count: 0, Labels.Count: 0 } ? 0 : 1);

    private static Catalog Columns(params (string Name, string?[] Values)[] columns)
    {
        var found = new AttributeColumns(columns[0].Values.Length);
        foreach (var (name, values) in columns) found.Add(name, values);
        return found.ToCatalog();
    }

    private static string[] Labels(Catalog catalog, string column, int row) =>
        [.. catalog.Labels[column][row].ToArray().Select(catalog.Labels[column].Labels.Id)];
}
