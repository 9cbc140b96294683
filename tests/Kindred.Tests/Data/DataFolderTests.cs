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
        Assert.Contains("is not a kindred data folder but a kindred model", error.Message, StringComparison.Ordinal);
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

    /// <summary>Written once, never again: whatever version this is, it reads the first format.</summary>
    [Fact]
    public void A_data_folder_of_format_1_opens_forever()
    {
        using var dataset = DataFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Data", "format-1", "data"));
        Assert.Equal(("twelve", ValueKind.Ratings, 12, 9), (
            dataset.Manifest.Name, dataset.Manifest.Values, dataset.Interactions.Users.Count, dataset.Interactions.Items.Count));
        Assert.Equal(new RowCounts(51, 48, 1, 2, 0), dataset.Manifest.Rows);
        Assert.Equal(("films.csv", "user_id"), (dataset.Manifest.Sources[1], dataset.Manifest.Columns["user"]));
        Assert.Equal("43482c1bf3aa0f1ded1b62f8414cf4de", dataset.Fingerprint);
        var histories = dataset.Interactions.Histories;
        Assert.Equal([0, 2, 4], histories.ItemsOf(0).ToArray());
        Assert.Equal([1_600_000_000, 1_600_435_600, 1_600_871_200], histories.TimesOf(0).ToArray());
        Assert.Equal([1, 4, 2], histories.WeightsOf(0).ToArray());
        Assert.Equal(0, histories.ItemsOf(11).Length);
        Assert.Equal(("Amélie", 1942), (dataset.ItemCatalog.TitleOf(1), dataset.ItemCatalog.Numbers["year"].Values.Span[5]));
        var genres = dataset.ItemCatalog.Labels["genres"];
        Assert.Equal(["Horror", "Sci-Fi"], genres[0].ToArray().Select(genres.Labels.Id));
        Assert.Equal([20, 23, 26, float.NaN, 32], dataset.UserCatalog.Numbers["age"].Values[..5].ToArray());
        Assert.Equal(0, dataset.UserCatalog.Labels["country"][4].Length);
        var devices = dataset.Interactions.Context.Labels["device"];
        Assert.Equal("tv", devices.Labels.Id(devices[1][0]));
    }
}
