using System.Text;
using Kindred.Data;
using Kindred.Import;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class KnownFoldersTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void MovieLens_100k_with_flags_and_latin_1()
    {
        _box.Write("ml/u.data", "1\t2\t3\t881250949\n1\t1\t5\t881250950\n");
        _box.Write("ml/u.item", Encoding.Latin1.GetBytes(
            "1|Misérables, Les (1995)|01-Jan-1995||http://x|0|0|0|0|0|0|0|0|1|0|0|0|1|0|0|0|0|0|0\n2|\"Odd\" " +
            "(1996)|||http://y|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"));
        _box.Write("ml/u.user", "1|24|M|technician|85711\n");
        var summary = _box.Import(Path.Combine(_box.Path, "ml"));

        Assert.Equal("MovieLens 100k", summary.Format);
        Assert.Equal(["1 2 3 881250949", "1 1 5 881250950"], _box.Events);
        var items = _box.Result.ItemCatalog;
        Assert.Equal("Misérables, Les (1995)", items.TitleOf(0));
        Assert.Equal("\"Odd\" (1996)", items.TitleOf(1));
        Assert.Equal([1995f, 1996f], items.Numbers["year"].Values.ToArray());
        Assert.Equal(["Drama", "Musical"], LabelsOf(items, "genres", 0));
        Assert.Equal(["unknown"], LabelsOf(items, "genres", 1));
        Assert.Equal(24, _box.Result.UserCatalog.Numbers["age"].Values.Span[0]);
        Assert.Equal(["85711"], LabelsOf(_box.Result.UserCatalog, "zip code", 0));
    }

    [Fact]
    public void MovieLens_1M_with_double_colons()
    {
        _box.Write("ml/ratings.dat", "1::10::5::978300760\n1::11::3::978302109\n2::10::4::978302110\n");
        _box.Write("ml/movies.dat",
            "10::Toy Story (1995)::Animation|Children's\n11::Café: \"X\" (2001)::(no genres listed)\n12::Unseen (1999)::Drama\n");
        _box.Write("ml/users.dat", "1::F::1::10::48067\n2::F::56::16::70072\n");
        var summary = _box.Import(Path.Combine(_box.Path, "ml"));

        Assert.Equal("MovieLens 1M or 10M", summary.Format);
        Assert.Equal(ValueKind.Ratings, summary.Values);
        var items = _box.Result.ItemCatalog;
        Assert.Equal(["Animation", "Children's"], LabelsOf(items, "genres", 0));
        Assert.Empty(LabelsOf(items, "genres", 1));
        Assert.Equal("Café: \"X\" (2001)", items.TitleOf(1));
        Assert.Equal(["F"], LabelsOf(_box.Result.UserCatalog, "gender", 0));
        Assert.Contains(summary.Notes, note => note.StartsWith(
            "1 of 3 attribute rows are about items without events; they are left out.", StringComparison.Ordinal));
    }

    [Fact]
    public void MovieLens_latest_with_quoted_titles()
    {
        _box.Write("ml/ratings.csv.gz", "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n");
        _box.Write("ml/movies.csv", "movieId,title,genres\n296,\"Pulp, \"\"Fiction\"\" (1994)\",Comedy|Crime\n");
        _box.Import(Path.Combine(_box.Path, "ml"));
        Assert.Equal("Pulp, \"Fiction\" (1994)", _box.Result.ItemCatalog.TitleOf(0));
        Assert.Equal([1994f], _box.Result.ItemCatalog.Numbers["year"].Values.ToArray());
    }

    [Fact]
    public void What_gorse_dumps()
    {
        _box.Write("dump/feedback.jsonl", """
            {"FeedbackType":"star","UserId":"bob","ItemId":"vuejs:vue","Value":0,"Timestamp":"2022-02-24T00:00:00Z","Comment":""}
            {"FeedbackType":"like","UserId":"bob","ItemId":"d3:d3","Value":0,"Timestamp":"2022-02-25T00:00:00Z","Comment":""}
            """);
        _box.Write("dump/items.jsonl", """
            {"ItemId":"vuejs:vue","IsHidden":false,"Categories":["js","ui"],"Timestamp":"2020-01-01T00:00:00Z","Labels":{"topics":["web"],"license":"MIT"},"Comment":"Progressive framework"}
            {"ItemId":"d3:d3","IsHidden":true,"Categories":[],"Timestamp":"2021-01-01T00:00:00Z","Labels":{"topics":[],"license":"ISC"},"Comment":"Bring data to life"}
            """);
        _box.Write("dump/users.jsonl", "{\"UserId\":\"bob\",\"Labels\":[\"admin\",\"beta\"],\"Comment\":\"\"}\n");
        var summary = _box.Import(Path.Combine(_box.Path, "dump"));

        Assert.Equal("gorse dump", summary.Format);
        Assert.Equal(["bob vuejs:vue 1 1645660800", "bob d3:d3 1 1645747200"], _box.Events);
        Assert.Equal("FeedbackType", summary.Columns["event"]);
        var (items, catalog) = (_box.Result.Interactions.Items, _box.Result.ItemCatalog);
        Assert.True(items.TryGetIndex("vuejs:vue", out int vue));
        Assert.Equal(["js", "ui"], LabelsOf(catalog, "Categories", vue));
        Assert.Equal(["web"], LabelsOf(catalog, "Labels.topics", vue));
        Assert.Equal(["admin", "beta"], LabelsOf(_box.Result.UserCatalog, "Labels", 0));
    }

    [Fact]
    public void Files_with_other_columns_than_MovieLens_has_are_refused()
    {
        _box.Write("ml/u.data", "1\t2\t3\n1\t1\t5\n");
        Assert.Contains("has 3 columns where MovieLens has 4", _box.Refusal(Path.Combine(_box.Path, "ml")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ml-100k", 943, 1_682, 100_000)]
    [InlineData("ml-1m", 6_040, 3_706, 1_000_209)]
    public void Published_folders_have_their_published_counts_and_titles(string set, int users, int items, long events)
    {
        var summary = _box.Import(RealData.Folder(set));
        Assert.Equal((users, items, events), (summary.Users, summary.Items, summary.Events));
        Assert.All(Enumerable.Range(0, items), n => Assert.NotNull(_box.Result.ItemCatalog.TitleOf(n)));
        Assert.True(_box.Result.Interactions.Items.TryGetIndex("1", out int toyStory));
        Assert.Equal("Toy Story (1995)", _box.Result.ItemCatalog.TitleOf(toyStory));
        Assert.Contains("Comedy", LabelsOf(_box.Result.ItemCatalog, "genres", toyStory));
    }

    private static string[] LabelsOf(Catalog catalog, string column, int row) =>
        [.. catalog.Labels[column][row].ToArray().Select(catalog.Labels[column].Labels.Id)];
}
