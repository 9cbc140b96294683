using Kindred.Data;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Data;

public sealed class DataFolderTests : IDisposable
{
    private static readonly DatasetManifest Manifest = new(
        "tiny", ["events.csv"], new Dictionary<string, string> { ["user"] = "user_id" }, ValueKind.Ratings, new RowCounts(9, 4, 1, 2, 2));

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("tiny");

    public void Dispose() => _folder.Dispose();

    private static Interactions Events() => Small.Of(3, [(2, 1), (0, 2), (2, 3)], [], [(1, 4)]);

    private static Catalog Titles() =>
        Catalog.Empty(3) with { Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(["A", "B", "C"])) } };

    [Fact]
    public void What_was_written_is_read()
    {
        DataFolder.Write(Target, Manifest, Events(), Titles(), Catalog.Empty(3));
        Assert.True(DataFolder.Is(Target));

        using var dataset = DataFolder.Open(Target);

        Assert.Equal(("tiny", ValueKind.Ratings, 4), (dataset.Manifest.Name, dataset.Manifest.Values, dataset.Manifest.Rows.Rejected));
        Assert.Equal(Manifest.Rows, dataset.Manifest.Rows);
        Assert.Equal("user_id", dataset.Manifest.Columns["user"]);
        Assert.Equal(Small.Dense(Events().ByUser), Small.Dense(dataset.Interactions.ByUser));
        Assert.Equal([2, 0, 2], dataset.Interactions.Histories.ItemsOf(0).ToArray());
        Assert.Equal([0, 1, 2], dataset.Interactions.Histories.TimesOf(0).ToArray());
        Assert.True(dataset.Interactions.Users.HasSameIds(Events().Users));
        Assert.Equal("C", dataset.ItemCatalog.TitleOf(2));
        Assert.Equal(3, dataset.UserCatalog.Count);
    }

    [Fact]
    public void What_is_known_beside_the_events_is_read_with_them()
    {
        var ages = Catalog.Empty(3) with { Numbers = new Dictionary<string, NumberColumn> { ["age"] = new(new float[] { 20, 30, 40 }) } };
        var weather = Catalog.Empty(4) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["weather"] = LabelColumn.From(["sun", null, "rain", "sun"]) },
        };
        DataFolder.Write(Target, Manifest, Events().With(context: weather), Titles(), ages);

        using var dataset = DataFolder.Open(Target);

        var read = dataset.Interactions;
        Assert.Equal([20, 30, 40], read.UserAttributes.Numbers["age"].Values.ToArray());
        Assert.Equal("B", read.ItemAttributes.TitleOf(1));
        Assert.Equal("rain", read.Context.Labels["weather"].Labels.Id(read.Context.Labels["weather"][2][0]));
        var last = read.Where([false, false, true, true]);
        Assert.Same(read.UserAttributes, last.UserAttributes);
        Assert.Same(read.ItemAttributes, last.ItemAttributes);
        Assert.Equal((2, 1, 0), (last.Context.Count, last.Context.Labels["weather"][0][0], last.Context.Labels["weather"][1][0]));
        Assert.Throws<ArgumentException>(() => read.With(userAttributes: Catalog.Empty(2)));
    }

    [Fact]
    public void Data_without_events_or_times_round_trips()
    {
        var none = new Interactions(Small.Ids(), Small.Ids(), new(new[] { 0 }, default, default, default));
        DataFolder.Write(Target, Manifest, none, Catalog.Empty(0), Catalog.Empty(0));
        using var dataset = DataFolder.Open(Target);
        var histories = dataset.Interactions.Histories;
        Assert.Equal((0, 0, false), (histories.Users, histories.Count, histories.HasTimes));
    }

    [Fact]
    public void The_fingerprint_is_that_of_the_data_alone()
    {
        string FingerprintOf(string name, DatasetManifest manifest, Interactions interactions)
        {
            DataFolder.Write(_folder.File(name), manifest, interactions, Titles(), Catalog.Empty(interactions.Users.Count));
            using var dataset = DataFolder.Open(_folder.File(name));
            return dataset.Fingerprint;
        }
        string fingerprint = FingerprintOf("a", Manifest, Events());
        Assert.Equal(fingerprint, FingerprintOf("b", Manifest with { Name = "another name" }, Events()));
        Assert.NotEqual(fingerprint, FingerprintOf("c", Manifest, Events().Where([true, true, true, false])));
    }

    [Fact]
    public void A_catalog_must_have_a_row_for_each()
    {
        Assert.Contains("2 rows for 3 items", Assert.Throws<ArgumentException>(
            () => DataFolder.Write(Target, Manifest, Events(), Catalog.Empty(2), Catalog.Empty(3))).Message, StringComparison.Ordinal);
        Assert.Contains("4 rows for 3 users", Assert.Throws<ArgumentException>(
            () => DataFolder.Write(Target, Manifest, Events(), Titles(), Catalog.Empty(4))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void Other_folders_are_refused()
    {
        Assert.False(DataFolder.Is(Target));
        SealedFolder.Write(Target, "kindred model", 1, Manifest, []);
        Assert.False(DataFolder.Is(Target));
        var error = Assert.Throws<InputException>(() => DataFolder.Open(Target));
        Assert.Contains("is not a kindred dataset but a kindred model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_or_incomplete_one_is_refused()
    {
        SealedFolder.Write(Target, DataFolder.Kind, 2, Manifest, []);
        Assert.Contains("newer Kindred", Assert.Throws<InputException>(() => DataFolder.Open(Target)).Message, StringComparison.Ordinal);
        SealedFolder.Write(Target, DataFolder.Kind, 1, Manifest, []);
        Assert.Contains(
            "it has no ids.safetensors", Assert.Throws<InputException>(() => DataFolder.Open(Target)).Message, StringComparison.Ordinal);
    }
}
