using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Storage;

public sealed class DraftFolderTests : IDisposable
{
    private const string Kind = "kindred test";

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    private static void Write(string path, int value)
    {
        var writer = new TensorWriter();
        writer.Add<int>("values", new[] { value });
        SealedFolder.Write(path, Kind, 1, new { value }, [("a.safetensors", writer)]);
    }

    private static int Read(string path)
    {
        using var folder = SealedFolder.Open(path, Kind, 1);
        return folder.Tensors("a.safetensors").Array<int>("values").Span[0];
    }

    /// <summary>As a writer leaves it that is killed: the lock is there, and nobody holds it.</summary>
    private string Abandoned(string name = "target")
    {
        string draft = _folder.File($".{name}.{Guid.NewGuid():n}.tmp");
        Directory.CreateDirectory(draft);
        File.WriteAllText(Path.Combine(draft, "lock"), "");
        return draft;
    }

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)!).Order()];

    [Fact]
    public void A_draft_is_hidden_beside_its_target_and_gone_afterwards()
    {
        using (var draft = DraftFolder.Create(Target))
        {
            Assert.Equal(_folder.Path, Path.GetDirectoryName(draft.Path));
            Assert.StartsWith(".target.", Path.GetFileName(draft.Path), StringComparison.Ordinal);
        }
        Assert.Empty(Names());
    }

    [Fact]
    public void What_a_killed_writer_left_is_removed_and_told_and_what_a_living_one_has_is_not()
    {
        using var living = DraftFolder.Create(Target);
        string killed = Abandoned(), other = Abandoned("other");
        File.WriteAllText(Path.Combine(killed, "half"), "of it");

        Assert.Equal([killed], DraftFolder.RemoveAbandoned(_folder.Path, "target"));

        Assert.Equal(new[] { living.Path, other }.Order(), Directory.GetDirectories(_folder.Path).Order());
        Assert.Equal([other], DraftFolder.RemoveAbandoned(_folder.Path));
    }

    [Fact]
    public void Writing_the_same_place_again_removes_what_a_killed_writer_left()
    {
        Abandoned();
        Directory.CreateDirectory(_folder.File($".target.{Guid.NewGuid():n}.tmp")); // killed before it had its lock
        Directory.CreateDirectory(_folder.File(".target.0a1b2c3d.spill.tmp")); // of an import by version 0.1.0
        Directory.CreateDirectory(_folder.File(".target.notes.tmp")); // somebody else's
        Write(Target, 1);
        Assert.Equal([".target.notes.tmp", "target"], Names());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_that_a_killed_writer_had_taken_aside_is_put_back(bool byVersion010)
    {
        Write(Target, 1);
        string aside = byVersion010 ? _folder.File($".target.{Guid.NewGuid():n}.tmp.old") : Path.Combine(Abandoned(), "old");
        Directory.Move(Target, aside);

        Assert.True(SealedFolder.Is(Target, Kind));
        Assert.Equal(1, Read(Target));

        Directory.Move(Target, byVersion010 ? aside : Path.Combine(Abandoned(), "old"));
        Assert.Equal(1, Read(Target));
        Write(Target, 2);
        Assert.Equal(2, Read(Target));
        Assert.Equal(["target"], Names());
    }

    [Fact]
    public void A_folder_taken_aside_is_not_put_back_in_the_place_of_another_nor_while_its_writer_lives()
    {
        Write(Target, 1);
        using var living = DraftFolder.Create(Target);
        Directory.Move(Target, living.Replaced);
        Assert.False(SealedFolder.Is(Target, Kind));
        Write(Target, 2);
        Assert.Equal(2, Read(Target));
    }

    [Fact]
    public void While_a_folder_is_replaced_it_is_there_at_every_moment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "This system cannot exchange two folders.");
        Write(Target, 0);
        using var stop = new CancellationTokenSource();
        long missing = 0, looked = 0;
        var reader = new Thread(() =>
        {
            string manifest = Path.Combine(Target, "manifest.json");
            for (; !stop.IsCancellationRequested; looked++)
                if (!File.Exists(manifest)) missing++;
        });
        reader.Start();
        for (int n = 1; n <= 200; n++) Write(Target, n);
        stop.Cancel();
        reader.Join();
        Assert.True(looked > 200);
        Assert.Equal(0, missing);
        Assert.Equal(200, Read(Target));
        Assert.Equal(["target"], Names());
    }

    [Fact]
    public void Writers_of_one_place_at_the_same_time_leave_the_folder_of_one_of_them()
    {
        Parallel.For(1, 41, new ParallelOptions { MaxDegreeOfParallelism = 4 }, n => Write(Target, n));
        Assert.InRange(Read(Target), 1, 40);
        Assert.Equal(["target"], Names());
    }

    [Fact]
    public void A_folder_that_is_named_by_a_link_is_replaced_where_the_link_leads()
    {
        Write(_folder.File("real"), 1);
        Directory.CreateSymbolicLink(Target, "real");
        Write(Target, 2);
        Assert.Equal("real", new DirectoryInfo(Target).LinkTarget);
        Assert.Equal(2, Read(_folder.File("real")));
    }

    [Fact]
    public void Files_that_are_links_are_read_and_links_that_lead_nowhere_are_named()
    {
        Write(Target, 7);
        string file = Path.Combine(Target, "a.safetensors"), moved = _folder.File("moved");
        File.Move(file, moved);
        File.CreateSymbolicLink(file, moved);
        Assert.Equal(7, Read(Target));
        File.Delete(moved);
        Assert.Equal($"{file} links to {moved}, which cannot be reached; mend the link.", Refusal(Target));
        File.CreateSymbolicLink(moved, file); // a circle
        Assert.Equal($"{file} links to {moved}, which cannot be reached; mend the link.", Refusal(Target));
        File.Delete(file);
        Directory.CreateDirectory(file);
        Assert.Equal($"{Target} is damaged: a.safetensors is a folder; write it again.", Refusal(Target));
        Directory.Delete(Target, recursive: true);
        Directory.CreateSymbolicLink(Target, Target);
        Assert.Equal($"{Target} links to {Target}, which cannot be reached; mend the link.", Refusal(Target));
        Assert.StartsWith(
            $"{Target} cannot be written: ", Assert.Throws<InputException>(() => Write(Target, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_is_a_folder_cannot_be_read_and_hides_no_other()
    {
        Write(Target, 1);
        string manifest = Path.Combine(_folder.File("bad"), "manifest.json");
        Directory.CreateDirectory(manifest);
        Assert.StartsWith($"{manifest} cannot be read: ", Refusal(_folder.File("bad")), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.File("circle"));
        File.CreateSymbolicLink(Path.Combine(_folder.File("circle"), "manifest.json"), "manifest.json");
        Assert.Equal([Target], SealedFolder.In(_folder.Path, Kind));
    }

    [Fact]
    public void What_was_opened_stays_as_it_was_when_its_files_shrink()
    {
        var writer = new TensorWriter();
        int[] values = [.. Enumerable.Range(0, 100_000)];
        writer.Add<int>("values", values);
        SealedFolder.Write(Target, Kind, 1, new { }, [("a.safetensors", writer)]);
        using var folder = SealedFolder.Open(Target, Kind, 1);
        using var alone = TensorFile.Open(Path.Combine(Target, "a.safetensors"));
        using (var file = File.OpenWrite(Path.Combine(Target, "a.safetensors"))) file.SetLength(0);
        Assert.Equal(values, folder.Tensors("a.safetensors").Array<int>("values").ToArray());
        Assert.Equal(values, alone.Array<int>("values").ToArray());
    }

    [Fact]
    public void What_is_never_replaced_is_refused_where_something_is()
    {
        Write(Target, 1);
        string said = Assert.Throws<InputException>(() => SealedFolder.Write(Target, Kind, 1, new { }, [], replaces: false)).Message;
        Assert.Equal($"{Target} exists, and a kindred test is never replaced; choose another name.", said);
        Assert.Equal(1, Read(Target));
    }

    private static string Refusal(string path) => Assert.Throws<InputException>(() => SealedFolder.Open(path, Kind, 1)).Message;
}
