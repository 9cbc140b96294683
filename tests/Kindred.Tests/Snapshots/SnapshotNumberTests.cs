using System.Text.Json.Nodes;
using Kindred.Snapshots;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Snapshots;

public sealed class SnapshotNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Publish() => Snapshot.Publish(_folder.Path, SmallSnapshot.Contents());

    private string Newest()
    {
        using var snapshot = Snapshot.Open(_folder.Path);
        return snapshot.Path;
    }

    /// <summary>As a machine whose clock is wrong would have written it.</summary>
    private static void SetCreated(string snapshot, DateTimeOffset time)
    {
        string file = Path.Combine(snapshot, "manifest.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        json["created"] = time;
        json.Remove("seal");
        var manifest = System.Text.Json.JsonSerializer.Deserialize<FolderManifest>(json, SealedFolder.Json)!;
        File.Delete(file);
        manifest.WriteTo(snapshot);
    }

    [Fact]
    public void The_number_decides_which_is_newest_not_the_clock()
    {
        string first = Publish();
        SetCreated(first, DateTimeOffset.UtcNow.AddYears(10));
        string second = Publish();
        SetCreated(second, DateTimeOffset.UtcNow.AddYears(-10));
        Assert.Equal(second, Newest());
        Assert.Equal([second, first], SnapshotNumber.NewestFirst(_folder.Path));
    }

    [Fact]
    public void Snapshots_without_a_number_are_older_than_any_with_one_and_stand_by_time()
    {
        string[] old = [_folder.File("20261124-085701-bpr"), _folder.File("20261124-085702-bpr")];
        foreach (string path in old) Snapshot.Write(path, SmallSnapshot.Contents());
        SetCreated(old[0], DateTimeOffset.UtcNow.AddYears(1)); // was written later, whatever its name says
        Assert.Equal(old[0], Newest());
        string numbered = Publish();
        Assert.StartsWith("000001-", Path.GetFileName(numbered), StringComparison.Ordinal);
        Assert.Equal([numbered, .. old], SnapshotNumber.NewestFirst(_folder.Path));
    }

    [Fact]
    public void Numbers_go_on_past_six_digits_and_stay_with_a_snapshot_that_is_renamed()
    {
        string million = _folder.File("1000000-20261129-085701-bpr");
        Snapshot.Write(_folder.File("999999-20261129-085700-bpr"), SmallSnapshot.Contents());
        Snapshot.Write(million, SmallSnapshot.Contents());
        Directory.Move(million, _folder.File("a"));
        Assert.Equal(_folder.File("a"), Newest());
        Assert.StartsWith("1000001-", Path.GetFileName(Publish()), StringComparison.Ordinal);
    }

    [Fact]
    public void Publishers_at_the_same_time_have_numbers_of_their_own_and_none_is_lost()
    {
        const int Count = 24;
        var paths = new string[Count];
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, n => paths[n] = Publish());
        Assert.Equal(Count, paths.Distinct().Count());
        var numbers = paths.Select(path => int.Parse(Path.GetFileName(path).Split('-')[0])).ToHashSet();
        Assert.Equal(Count, numbers.Count);
        Assert.Equal(Count, SnapshotNumber.NewestFirst(_folder.Path).Count);
        Assert.Equal(Count, Directory.EnumerateFileSystemEntries(_folder.Path).Count()); // no claims, no drafts
        Assert.All(paths, path => Snapshot.Open(path).Dispose());
    }

    [Fact]
    public void A_claimed_number_is_not_given_twice_and_a_claim_of_a_killed_publisher_goes_away()
    {
        string killed = _folder.File(".000007.claim");
        File.WriteAllText(killed, "");
        using (var first = SnapshotNumber.Claim(_folder.Path))
        using (var second = SnapshotNumber.Claim(_folder.Path)) Assert.Equal((8, 9), (first.Value, second.Value));
        Assert.True(File.Exists(killed)); // nothing tells that it has been passed
        Assert.StartsWith("000008-", Path.GetFileName(Publish()), StringComparison.Ordinal);
        Assert.False(File.Exists(killed));
    }

    [Fact]
    public void A_folder_that_cannot_be_read_hides_no_snapshot()
    {
        string path = Publish();
        Directory.CreateDirectory(Path.Combine(_folder.File("000009-20261129-000000-bpr"), "manifest.json"));
        Directory.CreateDirectory(_folder.File("circle"));
        File.CreateSymbolicLink(Path.Combine(_folder.File("circle"), "manifest.json"), "manifest.json");
        Assert.Equal(path, Newest());
        Assert.StartsWith("000010-", Path.GetFileName(Publish()), StringComparison.Ordinal);
    }
}
