using CliWrap;
using CliWrap.Buffered;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>What the machine or the caller cannot offer gets one sentence and exit code 2; before the work, where it can be.</summary>
public sealed class CircumstanceTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs a shell in which $KINDRED, $FILMS, $RAW and $SNAPSHOTS are set.</summary>
    private async Task<BufferedCommandResult> Shell(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This is about files and limits of Linux.");
        return await CliWrap.Cli.Wrap("bash").WithArguments(["-c", script]).WithWorkingDirectory(_folder.Path)
            .WithEnvironmentVariables(variables => variables.Set("NO_COLOR", "1").Set("FILMS", films.Data).Set("RAW", Films.Raw)
                .Set("SNAPSHOTS", films.Snapshots).Set("KINDRED", $"dotnet {Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll")}"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("$KINDRED inspect $FILMS > /dev/full", "Standard output cannot be written: No space left on device")]
    [InlineData("$KINDRED model list --json > /dev/full", "Standard output cannot be written: No space left on device")]
    [InlineData("$KINDRED --help > /dev/full", "Standard output cannot be written: No space left on device")]
    [InlineData("$KINDRED evaluate $FILMS --model popularity --report /dev/full", "/dev/full cannot be written: No space left on device")]
    [InlineData("TMPDIR=/nonexistent $KINDRED inspect $RAW", "The folder for temporary files, /nonexistent/, does not exist; set TMPDIR")]
    [InlineData("DOTNET_GCHeapHardLimit=0x1400000 $KINDRED train $FILMS --model svdpp --out m",
        "There is not enough memory for this")]
    [InlineData("ulimit -n 100; $KINDRED serve --snapshot $SNAPSHOTS --url http://127.0.0.1:0", "(ulimit -n)")]
    [InlineData("$KINDRED serve --snapshot $SNAPSHOTS --url http://203.0.113.5:8080",
        "The server cannot listen at http://203.0.113.5:8080: ")]
    [InlineData("$KINDRED train $FILMS --model popularity --out /etc/passwd/m",
        "/etc/passwd/m cannot be written: /etc/passwd is not a folder")]
    [InlineData("$KINDRED publish $FILMS --model popularity --out /etc/passwd/s",
        "/etc/passwd/s cannot be written: /etc/passwd is not a folder")]
    [InlineData("$KINDRED evaluate $FILMS --report no/r.json", "no/r.json cannot be written: there is no folder ")]
    [InlineData("$KINDRED evaluate $FILMS --html $FILMS", "is a folder; name a file to write.")]
    [InlineData("$KINDRED compare $FILMS --html no/r.html", "no/r.html cannot be written: there is no folder ")]
    [InlineData("$KINDRED tune $FILMS --model item-knn --journal no/j.jsonl", "no/j.jsonl cannot be written: there is no folder ")]
    [InlineData("$KINDRED audience $FILMS --item 1 --out no/a.csv", "no/a.csv cannot be written: there is no folder ")]
    [InlineData("ln -s circle circle; $KINDRED inspect circle", "circle cannot be read: Too many levels of symbolic links")]
    [InlineData("ln -s nowhere link; $KINDRED inspect link", "link cannot be read: Could not find file")]
    [InlineData("ln -s circle circle; $KINDRED recommend circle --user 1", "circle")]
    [InlineData("mkdir f; $KINDRED publish $FILMS --model popularity --report f --out s", "The report f cannot be read: ")]
    [InlineData("cp -r $SNAPSHOTS/* s; rm s/manifest.json; ln -s manifest.json s/manifest.json; $KINDRED serve --snapshot s",
        "manifest.json links to manifest.json, which cannot be reached; mend the link.")]
    public async Task It_is_said_in_a_sentence(string script, string sentence)
    {
        var result = await Shell(script);
        Assert.True(result.ExitCode == 2, $"{script} ended with {result.ExitCode}: {result.StandardError}");
        Assert.Contains(sentence, result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("bug in Kindred", result.StandardError, StringComparison.Ordinal);
        if (!script.Contains("/dev/full", StringComparison.Ordinal))
            Assert.DoesNotContain("Training", result.StandardError, StringComparison.Ordinal); // said before the work
    }

    [Theory]
    [InlineData("TMPDIR=/mnt $KINDRED inspect $RAW")]
    [InlineData("$KINDRED import $RAW --out /mnt/films")]
    [InlineData("$KINDRED train $FILMS --model implicit-als --out /mnt/als")]
    public async Task A_full_disk_is_named(string script)
    {
        string mounted = "mount -t tmpfs -o size=100k none /mnt";
        Assert.SkipUnless((await Shell($"unshare -Urm sh -c '{mounted}'")).ExitCode == 0, "No file system can be mounted here.");
        var result = await Shell($"unshare -Urm sh -c '{mounted} && {script}'");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("No space left on device", result.StandardError, StringComparison.Ordinal);
        Assert.Contains("/mnt/", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task However_few_files_may_be_open_it_is_not_called_a_bug()
    {
        // Fewer than the runtime itself needs is not ours to tell.
        var result = await Shell("for n in 60 70 80 90 100; do (ulimit -n $n; $KINDRED inspect $RAW > /dev/null; echo $?); done");
        Assert.All(result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries), code =>
            Assert.Contains(code, new[] { "0", "2" }));
        Assert.DoesNotContain("bug in Kindred", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_standard_error_stops_nothing()
    {
        var result = await Shell("$KINDRED inspect $RAW 2> /dev/full");
        Assert.Equal(0, result.ExitCode);
        Assert.NotEmpty(result.StandardOutput);
        Assert.Equal(2, (await Shell("$KINDRED inspect nofile 2> /dev/full")).ExitCode);
    }

    [Fact]
    public async Task A_device_is_written_to_and_stays_a_device_and_a_link_stays_a_link()
    {
        Assert.Equal(0, (await Shell("$KINDRED audience $FILMS --item 1 --out /dev/null && test -c /dev/null")).ExitCode);
        string linked = "touch real; ln -s real link; $KINDRED audience $FILMS --item 1 --out link && test -L link && test -s real";
        Assert.Equal(0, (await Shell(linked)).ExitCode);
    }

    [Fact]
    public async Task Files_that_are_links_are_read()
    {
        Assert.Equal(0, (await Shell("mkdir l; for f in $FILMS/*; do ln -s $f l/; done; $KINDRED inspect l")).ExitCode);
        Assert.Equal(0, (await Shell("ln -s $RAW/ratings.csv r.csv; $KINDRED inspect r.csv")).ExitCode);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_is_named_and_stops_no_other()
    {
        string bad = "000009-20261129-000000-bpr";
        var result = await Shell($"mkdir -p s/{bad}/manifest.json; cp -r $SNAPSHOTS/* s; $KINDRED recommend s --user 1");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"{bad} is damaged: its manifest cannot be read; write it again.", result.StandardError, StringComparison.Ordinal);
    }
}
