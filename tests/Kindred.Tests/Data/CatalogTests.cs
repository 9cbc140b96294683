using Kindred.Data;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Data;

public sealed class CatalogTests
{
    private static Catalog Films() => new(
        3,
        new Dictionary<string, TextColumn>
        {
            ["title"] = new(StringTable.From(["Alien", "", "Amélie"])),
            ["name"] = new(StringTable.From(["alien-1979", "heat-1995", ""])),
            ["plot\nsummary"] = new(StringTable.From(["a", "b", "c"])),
        },
        new Dictionary<string, NumberColumn> { ["year"] = new(new[] { 1979f, float.NaN, 2001f }), [""] = new(new[] { 1f, 2f, 3f }) },
        new Dictionary<string, LabelColumn>
        {
            // row 0: horror, sci-fi; row 1: none; row 2: romance
            ["genres"] = new(new[] { 0, 2, 2, 3 }, new[] { 1, 0, 2 }, Small.Ids("sci-fi", "horror", "romance")),
        });

    [Fact]
    public void The_title_comes_first_then_the_name_then_nothing()
    {
        Assert.Equal(["Alien", "heat-1995", "Amélie"], Enumerable.Range(0, 3).Select(Films().TitleOf));
        Assert.Null(Catalog.Empty(3).TitleOf(1));
        var plots = new Dictionary<string, TextColumn> { ["plot"] = new(StringTable.From(["a", "b", "c"])) };
        Assert.Null((Films() with { Texts = plots }).TitleOf(0));
    }

    [Fact]
    public void A_row_has_its_labels()
    {
        var genres = Films().Labels["genres"];
        Assert.Equal(["horror", "sci-fi"], genres[0].ToArray().Select(genres.Labels.Id));
        Assert.Empty(genres[1].ToArray());
        Assert.Equal([2], genres[2].ToArray());
    }

    [Fact]
    public void Chosen_rows_keep_their_values()
    {
        var chosen = Films().Where([false, true, true]);
        Assert.Equal((2, "heat-1995", "Amélie"), (chosen.Count, chosen.TitleOf(0), chosen.TitleOf(1)));
        Assert.Equal([float.NaN, 2001f], chosen.Numbers["year"].Values.ToArray());
        Assert.Empty(chosen.Labels["genres"][0].ToArray());
        Assert.Equal([2], chosen.Labels["genres"][1].ToArray());
        Assert.Throws<ArgumentException>(() => Films().Where([true]));
    }

    [Fact]
    public void Labels_are_numbered_as_they_first_occur()
    {
        var column = LabelColumn.From([["b", "a"], [], ["a"]]);
        Assert.Equal(["b", "a"], Enumerable.Range(0, column.Labels.Count).Select(column.Labels.Id));
        Assert.Equal([0, 2, 2, 3], column.Starts.ToArray());
        Assert.Equal([0, 1, 1], column.Rows.ToArray());
    }

    [Fact]
    public void Every_column_round_trips_whatever_it_is_called()
    {
        using var folder = new TemporaryFolder();
        var writer = new TensorWriter();
        Films().Save(writer);
        using (var stream = File.Create(folder.File("f"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("f"));
        var (expected, read) = (Films(), Catalog.Load(file));

        Assert.Equal(3, read.Count);
        Assert.Equal(["title", "name", "plot\nsummary"], read.Texts.Keys);
        foreach (var (name, column) in expected.Texts) Assert.True(column.Values.HasSameStrings(read.Texts[name].Values));
        Assert.Equal(["year", ""], read.Numbers.Keys);
        foreach (var (name, column) in expected.Numbers) Assert.Equal(column.Values.ToArray(), read.Numbers[name].Values.ToArray());
        Assert.Equal(["horror", "sci-fi"], read.Labels["genres"][0].ToArray().Select(read.Labels["genres"].Labels.Id));
        Assert.Empty(read.Labels["genres"][1].ToArray());
    }

    [Fact]
    public void An_empty_catalog_round_trips()
    {
        using var folder = new TemporaryFolder();
        var writer = new TensorWriter();
        Catalog.Empty(5).Save(writer);
        using (var stream = File.Create(folder.File("f"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("f"));
        var read = Catalog.Load(file);
        Assert.Equal((5, 0, 0, 0), (read.Count, read.Texts.Count, read.Numbers.Count, read.Labels.Count));
    }

    [Fact]
    public void The_labels_that_say_most_have_a_usual_name_or_are_those_that_most_items_have()
    {
        static Catalog Of(params (string Name, string?[] Values)[] columns) => Catalog.Empty(4) with
        {
            Labels = columns.ToDictionary(column => column.Name, column => LabelColumn.From(column.Values)),
        };
        (string, string?[]) contract = ("contract", ["many", "30", null, null]), stock = ("inStock", ["yes", "no", "yes", "yes"]);
        (string, string?[]) material = ("material", ["oak", "elm", "ash", "ash"]), genres = ("genres", ["war", "noir", null, null]);
        Assert.Equal("genres", Of(contract, stock, genres, material).MainLabels);
        Assert.Equal("material", Of(contract, stock, material).MainLabels); // as many have it, and it says more
        Assert.Equal("inStock", Of(contract, stock).MainLabels);
        Assert.Null(Of(("same", ["a", "a", "a", null])).MainLabels);
        Assert.Equal("contract", Of(("genres", ["war", "war", null, null]), contract).MainLabels); // no two genres differ
    }
}
