using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Snapshots;
using Kindred.Storage;
using Kindred.Tests.Data;
using Kindred.Tests.Support;

namespace Kindred.Tests.Snapshots;

public sealed partial class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    private static string Refusal(string path) => Assert.Throws<InputException>(() => Snapshot.Open(path)).Message;

    [Fact]
    public void What_was_written_is_read()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents(new JsonObject { ["ndcg@10"] = 0.25 }));

        using var snapshot = Snapshot.Open(Target);

        var manifest = snapshot.Manifest;
        Assert.Equal(("target", 3, 4, 6), (manifest.Id, manifest.Users, manifest.Items, manifest.Events));
        Assert.Equal(("popularity", 42, "0123"), (manifest.Model.Trainer, manifest.Model.Seed, manifest.Model.Fingerprint));
        Assert.Equal(0, (double)manifest.Model.Options["halfLifeDays"]!);
        Assert.Equal(0.25, (double)manifest.Report!["ndcg@10"]!);
        Assert.Equal("u1", snapshot.Users.Id(1));
        Assert.True(snapshot.Items.TryGetIndex("i3", out int item) && item == 3);
        Assert.Equal([1, 0, 2], snapshot.Histories.ItemsOf(1).ToArray());
        Assert.Equal([1, 1, 5], snapshot.Histories.WeightsOf(1).ToArray());
        Assert.Equal("Amélie", snapshot.ItemCatalog.TitleOf(1));
        Assert.Null(snapshot.ItemCatalog.TitleOf(2));
        var scores = new float[4];
        snapshot.Model.Score(new Query(-1, default), scores);
        Assert.Equal([3, 2, 1, float.NaN], scores);
    }

    [Fact]
    public void What_is_known_of_users_and_items_stays_with_the_interactions()
    {
        var contents = SmallSnapshot.Contents();
        var ages = Catalog.Empty(3) with { Numbers = new Dictionary<string, NumberColumn> { ["age"] = new(new float[] { 20, 30, 40 }) } };
        Snapshot.Write(Target, contents with { Interactions = contents.Interactions.With(userAttributes: ages) });
        using var snapshot = Snapshot.Open(Target);
        Assert.Equal([20, 30, 40], snapshot.Interactions.UserAttributes.Numbers["age"].Values.ToArray());
        Assert.Same(snapshot.ItemCatalog, snapshot.Interactions.ItemAttributes);
    }

    [Fact]
    public void It_says_up_to_which_event_of_a_store_it_has_learned()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents() with { Sequence = 12_345_678_901 });
        Snapshot.Write(_folder.File("files"), SmallSnapshot.Contents());
        using Snapshot fromStore = Snapshot.Open(Target), fromFiles = Snapshot.Open(_folder.File("files"));
        Assert.Equal(12_345_678_901, fromStore.Manifest.Sequence);
        Assert.Null(fromFiles.Manifest.Sequence);
        Assert.Contains("\"formatVersion\": 1", File.ReadAllText(Path.Combine(fromFiles.Path, "manifest.json")));
    }

    [Fact]
    public void A_snapshot_without_report_has_none()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents());
        using var snapshot = Snapshot.Open(Target);
        Assert.Null(snapshot.Manifest.Report);
    }

    [Fact]
    public void It_recommends_what_the_history_does_not_hold_and_calls_popularity_popularity()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents());
        using var snapshot = Snapshot.Open(Target);
        Assert.Equal([(0, 3f), (1, 2f), (2, 1f)], PopularOf(snapshot));
        var forUser0 = Assert.Single(snapshot.Pipeline.Recommend(Query.Of(snapshot.Interactions, 0), 10));
        Assert.Equal((2, "popularity"), (forUser0.Item, forUser0.Source));
        Assert.False(snapshot.SimilarItems.IsSupported);
    }

    [Fact]
    public void Publishing_names_it_by_number_time_and_model_and_the_newest_is_opened()
    {
        string first = Snapshot.Publish(_folder.Path, SmallSnapshot.Contents());
        string second = Snapshot.Publish(_folder.Path, SmallSnapshot.Contents());

        Assert.Matches(IdFormat(), Path.GetFileName(first));
        Assert.True(string.CompareOrdinal(first, second) < 0); // in the same second, too
        Directory.CreateDirectory(_folder.File("99999999-000000-unfinished"));
        using (var newest = Snapshot.Open(_folder.Path)) Assert.Equal(Path.GetFileName(second), newest.Manifest.Id);
        Directory.Delete(second, recursive: true);
        using var remaining = Snapshot.Open(_folder.Path);
        Assert.Equal((first, Path.GetFileName(first)), (remaining.Path, remaining.Manifest.Id));
    }

    [GeneratedRegex("^[0-9]{6}-[0-9]{8}-[0-9]{6}-popularity$")]
    private static partial Regex IdFormat();

    [Fact]
    public void A_damaged_newest_one_does_not_stop_the_others_and_is_named()
    {
        string[] paths = [.. Enumerable.Range(0, 4).Select(_ => Snapshot.Publish(_folder.Path, SmallSnapshot.Contents()))];
        using (var sound = Snapshot.Open(_folder.Path)) Assert.Empty(sound.Skipped);
        File.Delete(Path.Combine(paths[1], "model.safetensors"));
        File.WriteAllText(Path.Combine(paths[2], "manifest.json"), "{");
        File.WriteAllBytes(Path.Combine(paths[3], "ids.safetensors"), [1, 2]);

        using (var oldest = Snapshot.Open(_folder.Path))
        {
            Assert.Equal(paths[0], oldest.Path);
            Assert.Equal(3, oldest.Skipped.Count);
            Assert.StartsWith($"{paths[3]} is damaged: ids.safetensors has 2 bytes", oldest.Skipped[0], StringComparison.Ordinal);
            Assert.Equal($"{paths[1]} is damaged: model.safetensors is missing; write it again.", oldest.Skipped[1]);
            Assert.Equal($"{paths[2]} is damaged: its manifest cannot be read; write it again.", oldest.Skipped[2]);
        }
        using (var recommender = Recommender.Open(_folder.Path)) Assert.Equal(3, recommender.SkippedSnapshots.Count);

        Directory.Delete(paths[0], recursive: true);
        Assert.StartsWith($"{paths[3]} is damaged: ids.safetensors", Refusal(_folder.Path), StringComparison.Ordinal);
        Directory.Delete(paths[1], recursive: true);
        Directory.Delete(paths[3], recursive: true);
        Assert.Equal($"{paths[2]} is damaged: its manifest cannot be read; write it again.", Refusal(_folder.Path));
    }

    [Fact]
    public void Where_there_is_no_snapshot_it_says_so()
    {
        Assert.Equal($"{Target} does not exist.", Refusal(Target));
        Assert.Equal($"{_folder.Path} is not a kindred snapshot and holds none; publish one first.", Refusal(_folder.Path));
        SealedFolder.Write(Target, ModelFolder.Kind, 1, SmallSnapshot.Contents().Model.Manifest, []);
        Assert.Equal($"{Target} is not a kindred snapshot but a kindred model.", Refusal(Target));
    }

    [Fact]
    public void A_damaged_manifest_is_called_damaged()
    {
        string path = Snapshot.Publish(_folder.Path, SmallSnapshot.Contents());
        File.WriteAllText(Path.Combine(path, "manifest.json"), "{");
        Assert.Equal($"{path} is damaged: its manifest cannot be read; write it again.", Refusal(path));
    }

    [Fact]
    public void A_newer_one_is_refused()
    {
        SealedFolder.Write(Target, Snapshot.Kind, 6, new { Unheard = "of" }, []);
        Assert.Contains("was written by a newer Kindred (format 6; this one reads up to 5)", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_damaged_byte_and_any_missing_file_is_refused()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents());
        string[] files = Directory.GetFiles(Target);
        Assert.Equal(6, files.Length);
        foreach (string file in files)
        {
            byte[] whole = File.ReadAllBytes(file);
            bool isManifest = Path.GetFileName(file) == "manifest.json";
            Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Sample(
                (position, change) =>
                {
                    if (isManifest && char.IsWhiteSpace((char)whole[position])) return; // between values it means nothing
                    byte[] bytes = [.. whole];
                    bytes[position] ^= change;
                    File.WriteAllBytes(file, bytes);
                    Refusal(Target);
                },
                iter: 40, threads: 1);
            File.WriteAllBytes(file, whole[..(whole.Length / 2)]);
            Refusal(Target);
            File.Delete(file);
            Refusal(Target);
            File.WriteAllBytes(file, whole);
        }
        Snapshot.Open(Target).Dispose();
    }

    [Fact]
    public void A_model_nobody_knows_is_refused()
    {
        var contents = SmallSnapshot.Contents();
        var oracle = contents.Model with { Manifest = contents.Model.Manifest with { Trainer = "oracle" } };
        Snapshot.Write(Target, contents with { Model = oracle });
        Assert.Contains("a model of the trainer 'oracle'", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void Models_and_catalog_must_be_of_the_snapshots_items()
    {
        var contents = SmallSnapshot.Contents();
        var renamed = new Interactions(contents.Interactions.Users, Small.Ids("i0", "i2", "i1", "i3"), contents.Interactions.Histories);
        Assert.Contains("speaks of other items", Assert.Throws<ArgumentException>(
            () => Snapshot.Write(Target, contents with { Interactions = renamed })).Message, StringComparison.Ordinal);
        Assert.Contains("5 rows for 4 items", Assert.Throws<ArgumentException>(
            () => Snapshot.Write(Target, contents with { ItemCatalog = Catalog.Empty(5) })).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void A_closed_snapshot_reads_nothing()
    {
        Snapshot.Write(Target, SmallSnapshot.Contents());
        var snapshot = Snapshot.Open(Target);
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => snapshot.Users.Id(0));
        Assert.Throws<ObjectDisposedException>(() => snapshot.Pipeline.Recommend(new Query(-1, default), 1));
    }

    /// <summary>Written once, never again: whatever version this is, it reads the first format.</summary>
    [Fact]
    public void A_snapshot_of_format_1_opens_forever()
    {
        using var snapshot = Snapshot.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Snapshots", "format-1"));
        var manifest = snapshot.Manifest;
        Assert.Equal(("20261124-081500-popularity", 3, 4, 6), (manifest.Id, manifest.Users, manifest.Items, manifest.Events));
        Assert.Equal([1, 0, 2], snapshot.Histories.ItemsOf(1).ToArray());
        Assert.Equal("Amélie", snapshot.ItemCatalog.TitleOf(1));
        Assert.Equal([(0, 3f), (1, 2f), (2, 1f)], PopularOf(snapshot));
        Assert.True(snapshot.Users.TryGetIndex("u2", out int user) && user == 2);
        Assert.Equal(0.25, (double)manifest.Report!["ndcg@10"]!);
    }

    private static (int Item, float Score)[] PopularOf(Snapshot snapshot) =>
        [.. snapshot.Pipeline.Recommend(new Query(-1, default), 10).Select(c => (c.Item, c.Score))];
}
